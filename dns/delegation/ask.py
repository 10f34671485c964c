"""One question to one DNS server. Nobody else imports dnspython (see `dns/__init__.py`)."""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import time
from dataclasses import dataclass

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

TIMEOUT_SECONDS = 2.0
PORT = 53
_EDNS_PAYLOAD = 1232  # https://www.dnsflagday.net/2020/
_KEY_SIGNING = 257  # flags of a DNSKEY with the SEP bit (RFC 4034 §2.1.1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `contents` in presentation format, sorted; no `rcode`: nothing came.

    `authoritative` is AA, `authenticated` is AD (only a validating resolver sets it).
    """

    rcode: str
    authoritative: bool
    authenticated: bool
    contents: tuple[str, ...]
    milliseconds: float
    failure: str = ""


def ask(server: str, name: str, kind: str, *, recursive: bool = False) -> Answer:
    """Ask once by UDP, and by TCP when the answer is cut. Never raises for what a server does.

    `recursive` asks for recursion and validation (RD and AD, RFC 6840 §5.7).
    """
    question = dns.message.make_query(name, kind, use_edns=True, payload=_EDNS_PAYLOAD)
    question.flags = dns.flags.RD | dns.flags.AD if recursive else dns.flags.Flag(0)
    started = time.monotonic()
    try:
        reply, _ = dns.query.udp_with_fallback(question, server, timeout=TIMEOUT_SECONDS, port=PORT)
    except (OSError, dns.exception.DNSException) as error:
        spent = (time.monotonic() - started) * 1000
        return Answer("", False, False, (), spent, failure=type(error).__name__)
    spent = (time.monotonic() - started) * 1000
    wanted = dns.rdatatype.from_text(kind)
    contents = sorted(
        rdata.to_text(chunksize=0) if kind == "DS" else rdata.to_text()
        for rrset in reply.answer
        if rrset.rdtype == wanted
        for rdata in rrset
    )
    return Answer(
        rcode=dns.rcode.to_text(reply.rcode()),
        authoritative=bool(reply.flags & dns.flags.AA),
        authenticated=bool(reply.flags & dns.flags.AD),
        contents=tuple(contents),
        milliseconds=spent,
    )


@dataclass(frozen=True, slots=True)
class Referral:
    """Whom a server of the parent sends askers to: NS names, and addresses it adds by name."""

    rcode: str
    nameservers: tuple[str, ...]
    glue: dict[str, tuple[str, ...]]
    failure: str = ""


def referral(server: str, zone: str) -> Referral:
    """Ask a server for `zone` NS without recursion. Never raises for what a server does."""
    question = dns.message.make_query(zone, "NS", use_edns=True, payload=_EDNS_PAYLOAD)
    question.flags = dns.flags.Flag(0)
    try:
        reply, _ = dns.query.udp_with_fallback(question, server, timeout=TIMEOUT_SECONDS, port=PORT)
    except (OSError, dns.exception.DNSException) as error:
        return Referral("", (), {}, failure=type(error).__name__)
    name = dns.name.from_text(zone)
    names = sorted(
        rdata.to_text()
        for rrset in (*reply.answer, *reply.authority)
        if rrset.rdtype == dns.rdatatype.NS and rrset.name == name
        for rdata in rrset
    )
    glue: dict[str, tuple[str, ...]] = {}
    for rrset in reply.additional:
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            host = rrset.name.to_text().lower()
            glue[host] = (*glue.get(host, ()), *(rdata.to_text() for rdata in rrset))
    return Referral(dns.rcode.to_text(reply.rcode()), tuple(names), glue)


def digests(server: str, zone: str) -> tuple[str, ...]:
    """DS contents (SHA-256) computed here from the keys the server shows for the zone."""
    question = dns.message.make_query(zone, "DNSKEY", use_edns=True, payload=_EDNS_PAYLOAD)
    try:
        reply, _ = dns.query.udp_with_fallback(question, server, timeout=TIMEOUT_SECONDS, port=PORT)
    except (OSError, dns.exception.DNSException):
        return ()
    name = dns.name.from_text(zone)
    return tuple(
        sorted(
            dns.dnssec.make_ds(name, key, "SHA256").to_text(chunksize=0)
            for rrset in reply.answer
            if rrset.rdtype == dns.rdatatype.DNSKEY
            for key in rrset
            if key.flags == _KEY_SIGNING
        )
    )


def system_resolver() -> str:
    """Address of this computer's first resolver."""
    return str(dns.resolver.get_default_resolver().nameservers[0])
