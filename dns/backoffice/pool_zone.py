"""A pool's own zone: its keys, and whether its parent delegates it to us and vouches for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from dns.delegation.parent import Verdict, check
from dns.powerdns.client import PowerDns
from dns.powerdns.records import Key, Zone, absolute, trusted_ds


@dataclass(frozen=True, slots=True)
class PoolZone:
    """`zone` None: it is not on the name servers. `glue` is what its registrar has to know."""

    zone: Zone | None
    keys: tuple[Key, ...]
    nameservers: tuple[str, ...]
    glue: dict[str, str]
    verdict: Verdict

    @property
    def ds(self) -> tuple[str, ...]:
        return trusted_ds(self.keys)


def view(domain: str) -> PoolZone:
    """Asks PowerDNS, then every server of the parent: milliseconds, seconds when they are lame.

    Raises PowerDnsError.
    """
    env = settings.CATALYST
    with PowerDns.from_settings() as server:
        zone = server.zone(domain)
        keys = server.keys(domain) if zone else ()
    ours = tuple(absolute(name) for name in env.nameservers)
    hosts = zip(ours, env.nameserver_addresses, strict=False)
    glue = {host: address for host, address in hosts if host.endswith(f".{absolute(domain)}")}
    verdict = check(
        domain,
        nameservers=ours,
        ds=trusted_ds(keys),
        glue={host: (ip,) for host, ip in glue.items()},
    )
    return PoolZone(zone, keys, ours, glue, verdict)
