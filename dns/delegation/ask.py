"""One question to one DNS server. Nobody else imports dnspython (see `dns/__init__.py`)."""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver

TIMEOUT_SECONDS = 2.0
PORT = 53
TRIES = 2
_HEARD = ("NOERROR", "NXDOMAIN")
_EDNS_PAYLOAD = 1232  # https://www.dnsflagday.net/2020/
_KEY_SIGNING = 257  # flags of a DNSKEY with the SEP bit (RFC 4034 §2.1.1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `contents` in presentation format, sorted; no `rcode`: nothing came.

    `authoritative` is AA, `authenticated` is AD (only a validating resolver sets it). `ttl` in
    seconds, the smallest of what was wanted; None when nothing of it came.
    """

    rcode: str
    authoritative: bool
    authenticated: bool
    contents: tuple[str, ...]
    milliseconds: float
    failure: str = ""
    ttl: int | None = None

    @property
    def heard(self) -> bool:
        """It says what there is, or that there is nothing; anything else is no word at all."""
        return is_heard(self.rcode)


def ask(
    server: str,
    name: str,
    kind: str,
    *,
    recursive: bool = False,
    unchecked: bool = False,
    seconds: float = TIMEOUT_SECONDS,
) -> Answer:
    """Ask once by UDP, and by TCP when the answer is cut. Never raises for what a server does.

    `recursive` asks for recursion and validation (RD and AD, RFC 6840 §5.7); `unchecked` for an
    answer even if it is bogus (CD).
    """
    flags = dns.flags.RD | dns.flags.AD if recursive else 0
    if unchecked:
        flags |= dns.flags.CD
    started = time.monotonic()
    reply, failure = _exchange(server, name, kind, flags=flags, seconds=seconds)
    spent = (time.monotonic() - started) * 1000
    if reply is None:
        return Answer("", False, False, (), spent, failure=failure)
    wanted = dns.rdatatype.from_text(kind)
    found = [rrset for rrset in reply.answer if rrset.rdtype == wanted]
    contents = sorted(
        rdata.to_text(chunksize=0) if kind in ("DS", "DNSKEY") else rdata.to_text()
        for rrset in found
        for rdata in rrset
    )
    return Answer(
        rcode=dns.rcode.to_text(reply.rcode()),
        authoritative=bool(reply.flags & dns.flags.AA),
        authenticated=bool(reply.flags & dns.flags.AD),
        contents=tuple(contents),
        milliseconds=spent,
        ttl=min((rrset.ttl for rrset in found), default=None),
    )


@dataclass(frozen=True, slots=True)
class Referral:
    """Whom a server of the parent sends askers to: NS names, and addresses it adds by name.

    `ttl` in seconds, of the NS set; None when there is none.
    """

    rcode: str
    nameservers: tuple[str, ...]
    glue: dict[str, tuple[str, ...]]
    failure: str = ""
    ttl: int | None = None

    @property
    def heard(self) -> bool:
        return is_heard(self.rcode)


Found = TypeVar("Found", Answer, Referral)


def is_heard(rcode: str) -> bool:
    """Does a server with this answer know what it speaks of?"""
    return rcode in _HEARD


def again(question: Callable[[], Found]) -> Found:
    """Ask up to TRIES times while nothing comes."""
    found = question()
    for _ in range(TRIES - 1):
        if not found.failure:
            break
        found = question()
    return found


def referral(server: str, zone: str, *, seconds: float = TIMEOUT_SECONDS) -> Referral:
    """Ask a server for `zone` NS without recursion. Never raises for what a server does."""
    reply, failure = _exchange(server, zone, "NS", seconds=seconds)
    if reply is None:
        return Referral("", (), {}, failure=failure)
    name = dns.name.from_text(zone)
    sets = [
        rrset
        for rrset in (*reply.answer, *reply.authority)
        if rrset.rdtype == dns.rdatatype.NS and rrset.name == name
    ]
    names = sorted(rdata.to_text() for rrset in sets for rdata in rrset)
    ttl = min((rrset.ttl for rrset in sets), default=None)
    glue: dict[str, tuple[str, ...]] = {}
    for rrset in reply.additional:
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            host = rrset.name.to_text().lower()
            glue[host] = (*glue.get(host, ()), *(rdata.to_text() for rdata in rrset))
    return Referral(dns.rcode.to_text(reply.rcode()), tuple(names), glue, ttl=ttl)


def digests(server: str, zone: str) -> tuple[str, ...]:
    """DS contents (SHA-256) computed here from the keys the server shows for the zone."""
    reply, _ = _exchange(server, zone, "DNSKEY", seconds=TIMEOUT_SECONDS)
    if reply is None:
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


def _exchange(
    server: str,
    name: str,
    kind: str,
    *,
    flags: int = 0,
    seconds: float,
) -> tuple[dns.message.Message | None, str]:
    """The reply, or None and what went wrong."""
    try:
        question = dns.message.make_query(name, kind, use_edns=True, payload=_EDNS_PAYLOAD)
        question.flags = flags
        reply, _ = dns.query.udp_with_fallback(question, server, timeout=seconds, port=PORT)
    except (OSError, dns.exception.DNSException) as error:
        return None, type(error).__name__
    return reply, ""


def canonical(name: str, kind: str, content: str, *, origin: str) -> str:
    """A record's content in one spelling, its names absolute. Raises ValueError when it is none."""
    try:
        dns.name.from_text(name)
        base = dns.name.from_text(origin)
        rdata = dns.rdata.from_text("IN", kind, content, origin=base, relativize=False)
        return str(rdata.to_text())
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(type(error).__name__) from error


def resolver() -> str:
    """Address of the resolver that our own look-ups use."""
    return settings.CATALYST.resolver or system_resolver()


def system_resolver() -> str:
    """Of this computer, the first."""
    return str(dns.resolver.get_default_resolver().nameservers[0])
