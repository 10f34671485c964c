"""A validating walk from the root's trust anchor, as `delv` does one, with dnspython.

Every question goes to an authoritative server. A DS is believed for as long as its TTL says, which
is the worst a resolver may do; so a DS that was taken out too late shows as bogus here.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from catalyst.embedded.state import StackState
from tests.integration.dns.asking import reply


class Trust(StrEnum):
    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"


Keys = dict[dns.name.Name, dns.rrset.RRset]


@dataclass
class Validator:
    """`believed` holds each zone's DS set and until when it may be used (monotonic clock)."""

    believed: dict[dns.name.Name, tuple[float, dns.rrset.RRset]] = field(default_factory=dict)

    def trust(self, zone: str, name: str, kind: str) -> Trust:
        """How an answer of `zone` (three labels, its TLD and pool above) is to be taken."""
        cut = dns.name.from_text(zone)
        chain = [dns.name.root]
        chain += [cut.split(depth)[1] for depth in range(2, len(cut) + 1)]
        try:
            keys = _keys(dns.name.root, root_ds())
            for parent, child in itertools.pairwise(chain):
                ds = self._ds(parent, child, keys)
                if ds is None:
                    return Trust.INSECURE
                keys = _keys(child, ds)
            validated(_ask(cut, name, kind), kind, dns.name.from_text(name), keys)
        except dns.dnssec.ValidationFailure:
            return Trust.BOGUS
        return Trust.SECURE

    def _ds(
        self, parent: dns.name.Name, child: dns.name.Name, keys: Keys
    ) -> dns.rrset.RRset | None:
        """The child's DS, from the cache while it may; None when its absence is proven."""
        until, cached = self.believed.get(child, (0.0, None))
        if cached is not None and time.monotonic() < until:
            return cached
        ds = ds_in(_ask(parent, child.to_text(), "DS"), child, keys)
        if ds is not None:
            self.believed[child] = (time.monotonic() + ds.ttl, ds)
        return ds


# All below raise dns.dnssec.ValidationFailure for what a validator calls bogus.


def root_ds() -> dns.rrset.RRset:
    """The trust anchor of the stack's own root."""
    text = (StackState.load().state_dir / "internet" / "resolver" / "root.ds").read_text()
    return dns.rrset.from_text(".", 1, "IN", "DS", text.partition("DS ")[2].strip())


def ds_in(answer: dns.message.Message, child: dns.name.Name, keys: Keys) -> dns.rrset.RRset | None:
    """The child's DS in the answer of its parent, which has these keys; None: proven absent."""
    if dns.rdatatype.DS in {rrset.rdtype for rrset in answer.answer}:
        return validated(answer, "DS", child, keys)
    # No DS: a signed NSEC of the parent has to say so (RFC 4035 §5.2).
    sets = _sets(answer.authority, child)
    nsec = sets.get((dns.rdatatype.NSEC, dns.rdatatype.NONE))
    signature = sets.get((dns.rdatatype.RRSIG, dns.rdatatype.NSEC))
    if nsec is None or signature is None or _has(nsec, dns.rdatatype.DS):
        raise dns.dnssec.ValidationFailure(f"nothing says that {child} has no DS")
    dns.dnssec.validate(nsec, signature, keys)
    return None


def keys_in(answer: dns.message.Message, zone: dns.name.Name, ds: dns.rrset.RRset) -> Keys:
    """The zone's keys in its answer, of which the DS vouches for one."""
    found = _sets(answer.answer, zone).get((dns.rdatatype.DNSKEY, dns.rdatatype.NONE))
    if found is None or not any(
        dns.dnssec.make_ds(zone, key, "SHA256") in set(ds) for key in found
    ):
        raise dns.dnssec.ValidationFailure(f"no key of {zone} is vouched for")
    validated(answer, "DNSKEY", zone, {zone: found})
    return {zone: found}


def validated(
    answer: dns.message.Message, kind: str, name: dns.name.Name, keys: Keys
) -> dns.rrset.RRset:
    """What the answer says of the name, signed by one of the keys."""
    wanted = dns.rdatatype.from_text(kind)
    sets = _sets(answer.answer, name)
    try:
        rrset = sets[wanted, dns.rdatatype.NONE]
        signature = sets[dns.rdatatype.RRSIG, wanted]
    except KeyError:
        raise dns.dnssec.ValidationFailure(f"no signed {kind} of {name}") from None
    dns.dnssec.validate(rrset, signature, keys)
    return rrset


def _keys(zone: dns.name.Name, ds: dns.rrset.RRset) -> Keys:
    return keys_in(_ask(zone, zone.to_text(), "DNSKEY"), zone, ds)


def _ask(zone: dns.name.Name, name: str, kind: str) -> dns.message.Message:
    return reply(_server(zone), name, kind)


def _server(zone: dns.name.Name) -> str:
    """The local internet's layout: the root, one server for all TLDs, ours for the rest."""
    network = settings.CATALYST.resolver.rpartition(".")[0]
    if len(zone) <= 2:
        return f"{network}.{2 if zone == dns.name.root else 3}"
    return str(settings.CATALYST.nameserver_addresses[0])


def _sets(
    section: list[dns.rrset.RRset], name: dns.name.Name
) -> dict[tuple[int, int], dns.rrset.RRset]:
    return {(one.rdtype, one.covers): one for one in section if one.name == name}


def _has(nsec: dns.rrset.RRset, kind: dns.rdatatype.RdataType) -> bool:
    words = nsec[0].to_text().split()[1:]
    return dns.rdatatype.to_text(kind) in words
