"""Names are resolved by the resolver the machine was given, for every library of this process."""

import socket

import dns.resolver


class _Resolver(dns.resolver.Resolver):
    """`localhost` never leaves the machine (RFC 6761 section 6.3)."""

    def resolve_name(  # type: ignore[no-untyped-def]
        self, name, family=socket.AF_UNSPEC, **kwargs
    ):
        if str(name).rstrip(".").lower() == "localhost":
            name = "127.0.0.1"
        return super().resolve_name(name, family, **kwargs)


def use_resolver(address: str | None) -> None:
    """From now on, or nothing when the computer's own resolver is to be used."""
    if address is None:
        return
    resolver = _Resolver(configure=False)
    resolver.nameservers = [address]
    resolver.lifetime = 10
    dns.resolver.override_system_resolver(resolver)
