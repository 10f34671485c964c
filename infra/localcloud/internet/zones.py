"""What the root and the TLD zones contain, as values; knows nothing of servers or requests."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from infra.localcloud.internet import wire

ROOT = "."
ROOT_SERVER = "ns.root-servers."
# Short, because names are made and unmade here all day; a real TLD uses 3600 to 86400.
TTL = 60
MAX_NAMESERVERS = 13
# Holds the TLD's own name server; ICANN reserves this label in every new TLD for the same use.
RESERVED = "nic"
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class InvalidDelegation(ValueError):
    """The registry would refuse this delegation; the text says why."""


@dataclass(frozen=True, slots=True)
class RRset:
    """All records of one name and type. `name` is absolute, contents in presentation format."""

    name: str
    type: str
    contents: tuple[str, ...]
    ttl: int = TTL


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the parent says about a domain: who answers, where they are, which key signs."""

    domain: str
    nameservers: tuple[str, ...]
    glue: Mapping[str, tuple[str, ...]]
    ds: tuple[str, ...]
    ttl: int = TTL

    def rrsets(self) -> tuple[RRset, ...]:
        """The records in the parent zone: NS, DS and an A set per host with glue."""
        sets = [RRset(self.domain, "NS", self.nameservers, self.ttl)]
        if self.ds:
            sets.append(RRset(self.domain, "DS", self.ds, self.ttl))
        sets.extend(RRset(host, "A", addresses) for host, addresses in self.glue.items())
        return tuple(sets)

    @classmethod
    def read(cls, domain: str, rrsets: Iterable[RRset]) -> "Delegation | None":
        """The delegation that is in a parent zone now, None when there is none."""
        found = {(rrset.name, rrset.type): rrset.contents for rrset in rrsets}
        if (domain, "NS") not in found:
            return None
        return cls(
            domain=domain,
            nameservers=found[domain, "NS"],
            glue={
                name: contents
                for (name, type_), contents in sorted(found.items())
                if type_ == "A" and is_within(name, domain)
            },
            ds=found.get((domain, "DS"), ()),
        )


def registrable(name: str, tlds: Sequence[str]) -> tuple[str, str]:
    """Return (domain, TLD zone), both absolute and lower case. Raises InvalidDelegation."""
    labels = name.lower().rstrip(".").split(".")
    if len(labels) != 2 or not _LABEL.fullmatch(labels[0]) or labels[1] not in tlds:
        raise InvalidDelegation(f"{name!r} is not a name directly under one of: {', '.join(tlds)}")
    if labels[0] == RESERVED:
        raise InvalidDelegation(f"{name!r} belongs to the registry")
    return f"{labels[0]}.{labels[1]}.", f"{labels[1]}."


def delegation(
    domain: str,
    *,
    nameservers: Sequence[str],
    glue: Mapping[str, Sequence[str]],
    ds: Sequence[str],
    ttl: int = TTL,
) -> Delegation:
    """Check what a registrant asks for the way a registry does. Raises InvalidDelegation.

    Glue is for hosts inside the domain and is needed for each of them that is a name server
    (RFC 5732, subordinate hosts); the address of any other host is found at its own domain.
    """
    hosts = tuple(dict.fromkeys(hostname(host) for host in nameservers))
    if not 1 <= len(hosts) <= MAX_NAMESERVERS:
        raise InvalidDelegation(f"nameservers: 1 to {MAX_NAMESERVERS} are needed")
    addresses = {hostname(host): _addresses(host, values) for host, values in glue.items()}
    for host in addresses:
        if not is_within(host, domain):
            raise InvalidDelegation(
                f"glue: {host} is not inside {domain}; register its address with its own domain"
            )
    for host in hosts:
        if is_within(host, domain) and host not in addresses:
            raise InvalidDelegation(
                f"glue: {host} is inside {domain}, so nobody could find it without an address"
            )
    return Delegation(domain, nameservers=hosts, glue=addresses, ds=_digests(ds), ttl=ttl)


def root_zone(
    *, address: str, tld_address: str, tld_digests: Mapping[str, Sequence[str]]
) -> tuple[RRset, ...]:
    """The whole root zone but its keys: its own server and a signed delegation for each TLD."""
    sets = [*_apex(ROOT, ROOT_SERVER, address)]
    for tld, digests in tld_digests.items():
        host = tld_server(tld)
        sets += delegation(
            f"{tld}.", nameservers=[host], glue={host: [tld_address]}, ds=digests
        ).rrsets()
    return tuple(sets)


def tld_zone(tld: str, address: str) -> tuple[RRset, ...]:
    """What a TLD zone has before anybody registers a name in it."""
    return _apex(f"{tld}.", tld_server(tld), address)


def tld_server(tld: str) -> str:
    """The name of a TLD's name server."""
    return f"a.{RESERVED}.{tld}."


def changes(
    existing: Iterable[RRset], desired: Iterable[RRset], *, covers: Callable[[str], bool]
) -> list[RRset]:
    """The sets to write so that the names which `covers` accepts have `desired` and nothing else.

    A set with no contents stands for a removal.
    """
    wanted = {(rrset.name, rrset.type): rrset for rrset in desired}
    present = {(rrset.name, rrset.type): rrset for rrset in existing if covers(rrset.name)}
    surplus = [
        RRset(rrset.name, rrset.type, ())
        for key, rrset in present.items()
        # The server keeps the serial; a differing SOA is not a difference.
        if key not in wanted and rrset.type != "SOA"
    ]
    return surplus + [
        rrset
        for key, rrset in wanted.items()
        if rrset.type != "SOA"
        and (key not in present or set(present[key].contents) != set(rrset.contents))
    ]


def is_within(name: str, domain: str) -> bool:
    """Whether `name` is `domain` or below it; both absolute and lower case."""
    return domain == ROOT or name == domain or name.endswith(f".{domain}")


def _apex(zone: str, server: str, address: str) -> tuple[RRset, ...]:
    # MINIMUM is the time a missing name is remembered (RFC 2308): a second, not an hour.
    soa = f"{server} hostmaster.{server} 1 3600 600 604800 1"
    return (
        RRset(zone, "SOA", (soa,)),
        RRset(zone, "NS", (server,)),
        RRset(server, "A", (address,)),
    )


def hostname(text: object) -> str:
    """`text` as an absolute lower-case host name. Raises InvalidDelegation."""
    name = str(text).lower().rstrip(".")
    if not all(_LABEL.fullmatch(label) for label in name.split(".")) or len(name) > 253:
        raise InvalidDelegation(f"{text!r} is not a host name")
    return f"{name}."


def _addresses(host: str, values: Sequence[str]) -> tuple[str, ...]:
    if isinstance(values, str) or not values:
        raise InvalidDelegation(f"glue: {host} needs a list of IPv4 addresses")
    try:
        return tuple(dict.fromkeys(str(ipaddress.IPv4Address(value)) for value in values))
    except ipaddress.AddressValueError as error:
        raise InvalidDelegation(f"glue: {host}: {error}") from error


def _digests(values: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(wire.delegation_signer(value) for value in values))
    except ValueError as error:
        raise InvalidDelegation(f"ds: {error}") from error
