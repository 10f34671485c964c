"""How a domain is before anything is changed, and what would stop. Changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import idna
from django.conf import settings

from catalyst.problem import Problem
from dns.byo import conflicts, observe, rdap, records
from dns.byo.names import read as read_domain
from dns.byo.values import Finding, Level, Look, Record, Registration
from dns.delegation.ask import ask
from dns.powerdns.client import PowerDns
from dns.powerdns.records import marked_allocation
from dns.registrars.domains import Domain
from dns.registrars.values import hosts

SOON = timedelta(days=30)
SUBDOMAIN = "cloud"
_MAIL = ("MX",)
_WEB = ("A", "AAAA", "CNAME")


def look(*, domain: str, account: str, but: uuid.UUID | None = None) -> Look:
    """Seconds of questions. `but`: the id of a move of one's own that is in nobody's way.

    Raises MissingDomain, InvalidDomain; whatever else is wrong is a finding.
    """
    name = read_domain(domain)
    parent = observe.above(name.name)
    referrals = observe.referrals(name.name, parent)
    trusted = observe.ds_of(name.name, parent)
    heard = [said for _, said in referrals if said.heard]
    named = hosts(name for said in heard for name in said.nameservers)
    ours = hosts(settings.CATALYST.nameservers)
    old = [server for server in named if server not in ours]
    at = [address for server in old for address in observe.addresses(server)[:1]]
    if not named and not name.is_apex:  # no zone of its own yet: its records are in the one above
        at = [server.address for server in parent.servers]
    found = records.found_at(name.name, at, above=parent.zone)
    ds = tuple(sorted({text for _, said in trusted for text in said.contents}))
    gone = bool(heard) and all(said.rcode == "NXDOMAIN" for said in heard)
    registration = rdap.look_up(name.registrable)
    mail = any(one.kind in _MAIL and one.name == name.name for one in found)
    findings = (
        *_in_the_way(name, account, but),
        *_of_the_parent(name, heard=bool(heard), gone=gone, named=named, ours=ours),
        *_of_the_registration(registration),
        *_of_the_life(name, found, mail=mail, old=old, signed=bool(ds)),
    )
    return Look(
        domain=name,
        display=_display(name.name),
        parent=parent.zone,
        nameservers=named,
        ds=ds,
        records=found,
        registration=registration,
        findings=findings,
        has_mail=mail,
        needs_acknowledgement=bool(found),
        recommended=_recommended(name, found),
        unanswered=_unanswered(referrals, parent),
        ns_ttl=max([said.ttl or 0 for said in heard] + [_ttl(at, name.name, "NS")], default=0),
        ds_ttl=max([said.ttl or 0 for _, said in trusted], default=0),
        # Even when the parent's word on the DS was not heard: it may turn up later.
        key_ttl=_ttl(at, name.name, "DNSKEY"),
    )


def missing(seen: Sequence[Record], given: Sequence[Record]) -> tuple[Record, ...]:
    """What is there now and was not given to be taken over."""
    have = {(one.name, one.kind) for one in given}
    return tuple(one for one in seen if (one.name, one.kind) not in have)


def _in_the_way(name: Domain, account: str, but: uuid.UUID | None) -> Iterator[Finding]:
    try:
        conflicts.refuse_ours(name.name)
    except Problem as problem:
        yield Finding("pool", Level.STOP, problem.detail)
        return
    try:
        conflicts.refuse_taken(name.name, name.registrable, account=account, but=but)
    except Problem as problem:
        yield Finding("taken", Level.STOP, problem.detail)
        return
    with PowerDns.from_settings() as server:
        zone = server.zone(name.name)
    if zone is not None and marked_allocation(zone.account) is None:
        yield Finding(
            "foreign-zone",
            Level.STOP,
            f"A zone {name.name} is on our name servers and belongs to nobody we know. Our support "
            "has to look.",
        )


def _of_the_parent(
    name: Domain, *, heard: bool, gone: bool, named: Sequence[str], ours: Sequence[str]
) -> Iterator[Finding]:
    if not heard:
        text = "None of the parent's name servers answered. Try again in a few minutes."
        yield Finding("unanswered", Level.WARN, text)
    elif name.is_apex and (gone or not named):
        text = f"{name.name} is not registered, or has no name servers at its registry."
        yield Finding("unregistered", Level.STOP, text)
    if set(named) & set(ours):
        yield Finding(
            "already-here",
            Level.WARN,
            "The parent names our servers already, before they know the domain. Bring the earlier "
            "ones back first if you have to prove that it is yours by a TXT record.",
        )


def _of_the_registration(known: Registration) -> Iterator[Finding]:
    for lock in known.locks:
        yield Finding("locked", Level.WARN, f"The registry says: {lock}.")
    if known.expires_at is not None and known.expires_at < datetime.now(UTC) + SOON:
        text = f"The registration ends on {known.expires_at:%Y-%m-%d}. Renew it first."
        yield Finding("expiring", Level.WARN, text)


def _of_the_life(
    name: Domain, found: Sequence[Record], *, mail: bool, old: Sequence[str], signed: bool
) -> Iterator[Finding]:
    there = ", ".join(old)
    if mail:
        text = f"{name.name} receives mail. Mail stops unless its records come along."
        yield Finding("mail", Level.WARN, text)
    web = [one for one in found if one.kind in _WEB]
    if web:
        names = ", ".join(dict.fromkeys(one.name for one in web))
        text = f"{names} answered by {there} now. What does not come along stops working."
        yield Finding("web", Level.WARN, text)
    if found and name.is_apex:
        text = (
            f"A name below it, e.g. {SUBDOMAIN}.{name.name}, leaves mail and web as they are: we "
            "recommend that."
        )
        yield Finding("apex", Level.NOTE, text)
    if signed:
        yield Finding(
            "signed",
            Level.NOTE,
            "The domain is signed (DNSSEC). Its DS record goes first and is waited for, so that "
            "nothing fails in between.",
        )


def _recommended(name: Domain, found: Sequence[Record]) -> str:
    return f"{SUBDOMAIN}.{name.name}" if name.is_apex and found else ""


def _unanswered(
    referrals: Sequence[tuple[observe.Server, object]], parent: observe.Above
) -> tuple[str, ...]:
    silent = [server.name for server, said in referrals if getattr(said, "failure", "")]
    return tuple(silent) if parent.servers else (parent.zone,)


def _ttl(servers: Sequence[str], name: str, kind: str) -> int:
    for server in servers:
        answer = ask(server, name, kind, seconds=observe.SECONDS)
        if answer.ttl is not None:
            return answer.ttl
    return 0


def _display(name: str) -> str:
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name
