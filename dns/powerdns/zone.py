"""The records a zone should have. Pure: values in, RRsets out; nothing here asks a server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from dns.powerdns.records import RRset, absolute

ADDRESS_TTL = 300
# How long a resolver may believe in a delegation that was taken back.
DELEGATION_TTL = 300
# A challenge is read within seconds, and its second value must be seen at once.
CHALLENGE_TTL = 1
CHALLENGE_PREFIX = "_acme-challenge."
NEGATIVE_TTL = 60
# The wildcard would answer for these too, until other types (TXT) exist at or below them.
HOSTS = ("@", "*", "console", "api", "gitea", "harbor")
CAA_ISSUERS = {
    "acme-v02.api.letsencrypt.org": "letsencrypt.org",
    "acme-staging-v02.api.letsencrypt.org": "letsencrypt.org",
}


def apex(
    zone: str, *, nameservers: Sequence[str], negative_ttl: int = NEGATIVE_TTL
) -> tuple[RRset, ...]:
    """SOA and NS of a zone of ours. Serial 0: PowerDNS counts (`soa_edit_api`).

    `negative_ttl` is the TTL of "no such name", and with PowerDNS of the keys too.
    """
    primary = absolute(nameservers[0])
    responsible = f"hostmaster.{primary.split('.', 1)[1]}"
    soa = f"{primary} {responsible} 0 10800 3600 604800 {negative_ttl}"
    return (
        RRset(absolute(zone), "SOA", (soa,), ADDRESS_TTL),
        delegation_ns(zone, nameservers=nameservers),
    )


def delegation_ns(zone: str, *, nameservers: Sequence[str]) -> RRset:
    """The NS set, the same in the zone and in its parent."""
    servers = tuple(sorted(absolute(server) for server in nameservers))
    return RRset(absolute(zone), "NS", servers, DELEGATION_TTL)


def delegation(
    zone: str, *, nameservers: Sequence[str], ds: Sequence[str], ds_ttl: int = DELEGATION_TTL
) -> tuple[RRset, ...]:
    """NS and DS for the parent. Written in one PATCH, so that no moment is insecure."""
    return (
        delegation_ns(zone, nameservers=nameservers),
        RRset(absolute(zone), "DS", tuple(sorted(ds)), ds_ttl),
    )


def key_ttl(ds_ttl: int) -> int:
    """TTL of the keys of a zone whose DS has this one: they are believed in after the DS is gone,
    by a resolver that saw them last.
    """
    return min(NEGATIVE_TTL, ds_ttl)


def no_trust(zone: str) -> RRset:
    """Takes the DS out of the parent: the first half of taking a delegation back."""
    return RRset(absolute(zone), "DS", (), DELEGATION_TTL)


def no_delegation(zone: str) -> tuple[RRset, ...]:
    """Takes NS and DS out of the parent."""
    return (no_trust(zone), RRset(absolute(zone), "NS", (), DELEGATION_TTL))


def addresses(
    zone: str, *, address_v4: str, address_v6: str | None, acme_directory: str
) -> tuple[RRset, ...]:
    """What a Sovereign's zone says: six A sets, six AAAA sets when it has one, CAA.

    CAA follows the ACME directory of the settings and is there for Let's Encrypt only: for another
    CA we do not know the name it looks for (RFC 8659 §4.2), and a wrong one would forbid it.
    """
    name = absolute(zone)
    hosts = [name if host == "@" else f"{host}.{name}" for host in HOSTS]
    sets = [RRset(host, "A", (address_v4,), ADDRESS_TTL) for host in hosts]
    aaaa = (address_v6,) if address_v6 else ()
    sets += [RRset(host, "AAAA", aaaa, ADDRESS_TTL) for host in hosts]
    issuer = CAA_ISSUERS.get(urlsplit(acme_directory).hostname or "")
    sets.append(RRset(name, "CAA", (f'0 issue "{issuer}"',) if issuer else (), ADDRESS_TTL))
    return tuple(sets)


def challenge(zone: str, *, values: Sequence[str]) -> RRset:
    """The TXT set of DNS-01 (RFC 8555 §8.4); no values removes it."""
    contents = tuple(f'"{value}"' for value in values)
    return RRset(f"{CHALLENGE_PREFIX}{absolute(zone)}", "TXT", contents, CHALLENGE_TTL)


def surplus(actual: Iterable[RRset], desired: Iterable[RRset]) -> tuple[RRset, ...]:
    """Removals of what a zone of ours has beyond `desired`.

    SOA is PowerDNS' to count, and challenge values have a writer of their own (`dns.acme`).
    """
    wanted = {(rrset.name, rrset.type) for rrset in desired}
    return tuple(
        RRset(rrset.name, rrset.type, (), rrset.ttl)
        for rrset in actual
        if rrset.type != "SOA"
        and (rrset.name, rrset.type) not in wanted
        and not (rrset.type == "TXT" and rrset.name.startswith(CHALLENGE_PREFIX))
    )


def changes(actual: Iterable[RRset], desired: Iterable[RRset]) -> tuple[RRset, ...]:
    """Those of `desired` that `actual` does not have just so."""
    present = {(rrset.name, rrset.type): rrset for rrset in actual}
    return tuple(
        rrset for rrset in desired if _differs(present.get((rrset.name, rrset.type)), rrset)
    )


def _differs(actual: RRset | None, desired: RRset) -> bool:
    if actual is None:
        return bool(desired.contents)
    return (set(actual.contents), actual.ttl) != (set(desired.contents), desired.ttl)
