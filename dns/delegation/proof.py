"""The proof that a published name is right, gathered as anybody on the internet would.

It asks every name server for every name, the parent for NS and DS, and a validating resolver. It
never believes our own rows or PowerDNS' word for what a DNS question can answer.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings

from catalyst.problem import Problem
from dns.delegation.ask import Answer, ask, digests, resolver
from dns.pools.models import Allocation, AllocationState
from dns.pools.problems import NotPublished
from dns.pools.selectors import get
from dns.powerdns.client import PowerDns
from dns.powerdns.records import absolute
from dns.powerdns.zone import HOSTS

PARALLEL = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question and its answer. `problem` says what is wrong with it, empty when it is right."""

    server: str
    question: str
    answer: str
    milliseconds: int
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Proof:
    """`ok` only when every single answer is right."""

    ok: bool
    evidence: tuple[Evidence, ...]


def prove(*, allocation_id: uuid.UUID) -> Proof:
    """Ask everybody about an active allocation: milliseconds, or seconds when servers are lame.

    Raises UnknownAllocation, NotPublished (it is not active).
    """
    row = get(allocation_id)
    if row.state != AllocationState.ACTIVE or not row.address_v4:
        raise NotPublished(f"{row.fqdn} has no address yet.")
    questions = [*_authoritative(row), *_delegation(row), *_validated(row)]
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        evidence = tuple(pool.map(lambda question: question(), questions))
    # PowerDNS' word, because our servers hold both sides of the cut: the NS set they answer with
    # is the child's, and the parent's cannot be asked for by DNS (RFC 1034 §4.2.2).
    evidence += (_parent_ns(row),)
    return Proof(ok=all(one.ok for one in evidence), evidence=evidence)


Question = Callable[[], Evidence]


def _authoritative(row: Allocation) -> list[Question]:
    return [
        _address(server, name, kind, address, aa=True)
        for server in _servers()
        for name in names(row.fqdn)
        for kind, address in addresses(row.address_v4, row.address_v6)
    ]


def _delegation(row: Allocation) -> list[Question]:
    questions: list[Question] = []
    wanted = tuple(sorted(absolute(server) for server in settings.CATALYST.nameservers))
    for server in _servers():
        questions.append(_set(server, row.fqdn, "NS", lambda: wanted))
        # The DS is the parent's even where a server holds both zones (RFC 4035 §3.1.4.1).
        questions.append(
            _set(server, row.fqdn, "DS", lambda server=server: digests(server, row.fqdn))  # type: ignore[misc]
        )
    return questions


def _validated(row: Allocation) -> list[Question]:
    return [
        _address(resolver(), name, kind, address, aa=False)
        for name in names(row.fqdn)
        for kind, address in addresses(row.address_v4, row.address_v6)
    ]


def _address(server: str, name: str, kind: str, address: str, *, aa: bool) -> Question:
    def question() -> Evidence:
        answer = ask(server, name, kind, recursive=not aa)
        return of_address(server, f"{name} {kind}", answer, address, aa=aa, ad=not aa)

    return question


def of_address(
    server: str, question: str, answer: Answer, address: str, *, aa: bool, ad: bool
) -> Evidence:
    """Is it this address and nothing else, with the flags that are wanted?"""
    problem = _problem(answer, wanted=(address,))
    if not problem and aa and not answer.authoritative:
        problem = "the answer is not authoritative (no AA)"
    if not problem and ad and not answer.authenticated:
        problem = "the answer is not validated (no AD)"
    return _evidence(server, question, answer, problem)


def _set(server: str, name: str, kind: str, wanted: Callable[[], Sequence[str]]) -> Question:
    def question() -> Evidence:
        answer = ask(server, name, kind)
        problem = _problem(answer, wanted=wanted())
        return _evidence(server, f"{name} {kind}", answer, problem)

    return question


def _parent_ns(row: Allocation) -> Evidence:
    wanted = tuple(sorted(absolute(server) for server in settings.CATALYST.nameservers))
    try:
        with PowerDns.from_settings() as api:
            sets = api.rrsets(row.pool.domain, name=row.fqdn)
        found = next((rrset.contents for rrset in sets if rrset.type == "NS"), ())
        problem = "" if found == wanted else f"expected {', '.join(wanted)}"
    except Problem as error:
        found, problem = (), error.detail
    return Evidence(
        server="PowerDNS API",
        question=f"{row.fqdn} NS in {row.pool.domain}",
        answer=", ".join(found) or "nothing",
        milliseconds=0,
        problem=problem,
    )


def _problem(answer: Answer, *, wanted: Sequence[str]) -> str:
    if answer.failure:
        return f"no answer ({answer.failure})"
    if answer.rcode != "NOERROR":
        return f"the server says {answer.rcode}"
    if not wanted:
        return "there is no key to compare with"
    if sorted(answer.contents) != sorted(wanted):
        return f"expected {', '.join(wanted)}"
    return ""


def _evidence(server: str, question: str, answer: Answer, problem: str) -> Evidence:
    return Evidence(
        server=server,
        question=question,
        answer=", ".join(answer.contents) or answer.rcode or "nothing",
        milliseconds=round(answer.milliseconds),
        problem=problem,
    )


def _servers() -> tuple[str, ...]:
    """Addresses of our name servers: as configured, else as the resolver finds them."""
    if settings.CATALYST.nameserver_addresses:
        return tuple(settings.CATALYST.nameserver_addresses)
    return tuple(
        address
        for server in settings.CATALYST.nameservers
        for address in ask(resolver(), server, "A", recursive=True).contents
    )


def names(fqdn: str) -> tuple[str, ...]:
    """The six names; for the wildcard one that nobody has ever asked for."""
    anyone = f"proof-{secrets.token_hex(4)}"
    hosts = {"@": fqdn, "*": f"{anyone}.{fqdn}"}
    return tuple(hosts.get(host, f"{host}.{fqdn}") for host in HOSTS)


def addresses(v4: str | None, v6: str | None) -> tuple[tuple[str, str], ...]:
    """The kinds of record that each name has."""
    pairs = (("A", v4), ("AAAA", v6))
    return tuple((kind, address) for kind, address in pairs if address)
