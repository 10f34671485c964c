"""What the world sees of a name, asked and validated with dnspython, without our own code."""

from __future__ import annotations

from django.conf import settings

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

POOL = "omani.works"


def reply(server: str, name: str, kind: str, *, dnssec: bool = True) -> dns.message.Message:
    """The server's answer by TCP, so that nothing is lost or cut."""
    question = dns.message.make_query(name, kind, want_dnssec=dnssec)
    return dns.query.tcp(question, server, timeout=5)


def nameserver() -> str:
    return str(settings.CATALYST.nameserver_addresses[0])


def resolved(name: str, kind: str = "A") -> tuple[str, bool, list[str]]:
    """The resolver's rcode, AD flag and contents."""
    answer = reply(settings.CATALYST.resolver, name, kind)
    wanted = dns.rdatatype.from_text(kind)
    contents = [r.to_text() for s in answer.answer if s.rdtype == wanted for r in s]
    ad = bool(answer.flags & dns.flags.AD)
    return dns.rcode.to_text(answer.rcode()), ad, sorted(contents)


def validate_chain(name: str, kind: str, *, zone: str, anchor: tuple[str, ...]) -> list[str]:
    """Follow DS → DNSKEY → RRSIG from the pool's keys to `name` by hand; returns the contents.

    `anchor` are DS contents of the pool domain. Raises dns.dnssec.ValidationFailure.
    """
    parent_keys = _keys(POOL, {_normal(text) for text in anchor})
    ds, signature = _set(zone, "DS")
    dns.dnssec.validate(ds, signature, parent_keys)
    zone_keys = _keys(zone, {_normal(rdata.to_text()) for rdata in ds})
    answer, signature = _set(name, kind)
    dns.dnssec.validate(answer, signature, zone_keys)
    return sorted(rdata.to_text() for rdata in answer)


Keys = dict[dns.name.Name, dns.rrset.RRset]


def _keys(zone: str, digests: set[str]) -> Keys:
    keys, signature = _set(zone, "DNSKEY")
    name = dns.name.from_text(zone)
    trusted = [
        k for k in keys if _normal(dns.dnssec.make_ds(name, k, "SHA256").to_text()) in digests
    ]
    if not trusted:
        raise dns.dnssec.ValidationFailure(f"no key of {zone} is vouched for")
    dns.dnssec.validate(keys, signature, {name: keys})
    return {name: keys}


def _set(name: str, kind: str) -> tuple[dns.rrset.RRset, dns.rrset.RRset]:
    answer = reply(nameserver(), name, kind)
    wanted = dns.rdatatype.from_text(kind)
    sets = {(s.rdtype, s.covers): s for s in answer.answer}
    try:
        return sets[wanted, dns.rdatatype.NONE], sets[dns.rdatatype.RRSIG, wanted]
    except KeyError:
        raise dns.dnssec.ValidationFailure(f"no signed {kind} of {name}") from None


def _normal(ds: str) -> str:
    tag, algorithm, digest_type, *digest = ds.split()
    return f"{tag} {algorithm} {digest_type} {''.join(digest)}".lower()
