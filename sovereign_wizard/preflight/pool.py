"""Is the pool's domain delegated to our name servers, with a chain of trust from its parent?

Asked as anybody on the internet would; our own rows prove nothing here.
"""

from __future__ import annotations

from django.conf import settings

from dns.delegation.ask import Answer, ask, digests, system_resolver
from dns.pools.selectors import pool_of
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed, unknown


def look(subject: Subject) -> Finding:
    if subject.own_domain:
        return passed(f"{subject.own_domain} is moved to us before anything is paid for.")
    domain = pool_of(subject.pool_domain).domain
    resolver = settings.CATALYST.resolver or system_resolver()
    servers = ask(resolver, domain, "NS", recursive=True)
    return (
        _not_ours(domain, servers)
        or _not_trusted(domain, resolver, servers)
        or passed(
            f"{domain} is delegated to {_listed(servers.contents)} and signed; "
            f"its parent vouches for our key. {round(servers.milliseconds)} ms."
        )
    )


def _not_ours(domain: str, servers: Answer) -> Finding | None:
    if servers.failure:
        return unknown(f"Our resolver did not answer about {domain} ({servers.failure}).")
    if servers.rcode != "NOERROR" or not servers.contents:
        return failed(f"The world cannot find {domain}: the resolver says {servers.rcode}.")
    wanted = {name.rstrip(".").lower() for name in settings.CATALYST.nameservers}
    actual = {name.rstrip(".").lower() for name in servers.contents}
    if wanted != actual:
        return failed(
            f"{domain} is delegated to {_listed(actual)}, not to {_listed(wanted)}. "
            "Its registrar has to be told."
        )
    return None


def _not_trusted(domain: str, resolver: str, servers: Answer) -> Finding | None:
    """The parent's DS has to be of a key that our servers really sign with."""
    parent = ask(resolver, domain, "DS", recursive=True)
    if parent.failure:
        return unknown(f"Our resolver did not answer about {domain} DS ({parent.failure}).")
    if not parent.contents or not servers.authenticated:
        return failed(
            f"{domain} is not trusted: its parent publishes no DS for it. "
            "Its registrar has to be given ours."
        )
    addresses = (
        settings.CATALYST.nameserver_addresses
        or ask(resolver, servers.contents[0], "A", recursive=True).contents
    )
    ours = {digest.lower() for server in addresses[:1] for digest in digests(server, domain)}
    if not ours & {digest.lower() for digest in parent.contents}:
        return failed(f"The parent's DS of {domain} is of a key our name servers do not have.")
    return None


def _listed(names: object) -> str:
    assert isinstance(names, set | tuple)
    return ", ".join(sorted(name.rstrip(".") for name in names))


CHECK = Check("pool", "Pool domain", look)
