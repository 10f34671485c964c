"""Asks the world about a domain: its parent's servers, ours, resolvers that stand for everybody.

Reads only; knows no rows. What servers do never raises: it is an answer with a `problem`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from django.conf import settings

from catalyst.outside import is_outside
from dns.byo.values import Asked, Round
from dns.delegation.ask import Answer, Referral, again, ask, referral, resolver
from dns.delegation.parent import servers_above
from dns.registrars.values import host, hosts

SECONDS = 3.0
PARALLEL = 16
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Above:
    """The zone above a domain and where its servers are. No servers: nobody could tell."""

    zone: str
    servers: tuple[Server, ...]


def at_once(questions: Iterable[Callable[[], Result]]) -> list[Result]:
    """Answers in the order of the questions."""
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        return list(pool.map(lambda question: question(), questions))


def public_resolvers() -> tuple[str, ...]:
    """Addresses that stand for the world; if none are set, our own."""
    return tuple(settings.CATALYST.public_resolvers) or (resolver(),)


def resolved(name: str, kind: str) -> Answer:
    return again(lambda: ask(resolver(), name, kind, recursive=True, seconds=SECONDS))


def addresses(name: str) -> tuple[str, ...]:
    """Where a name server may be asked; IPv4 first: a laptop often has nothing else.

    Whoever brings a domain chooses its name servers: none inside our own network is asked.
    """
    found = (*resolved(name, "A").contents, *resolved(name, "AAAA").contents)
    return tuple(address for address in found if is_outside(address))


def above(domain: str) -> Above:
    """Who may say whom `domain` is delegated to."""
    zone, names = servers_above(domain)
    found = at_once([lambda name=name: addresses(name) for name in names])  # type: ignore[misc]
    servers = [
        Server(host(name), address)
        for name, some in zip(names, found, strict=True)
        for address in some
    ]
    return Above(zone, tuple(servers))


def own_servers() -> tuple[Server, ...]:
    """Our name servers as configured, else as the world finds them."""
    env = settings.CATALYST
    names = hosts(env.nameservers)
    if env.nameserver_addresses:
        known = dict(zip(map(host, env.nameservers), env.nameserver_addresses, strict=False))
        return tuple(Server(name, known[name]) for name in names if name in known)
    return tuple(Server(name, address) for name in names for address in addresses(name))


def referrals(domain: str, parent: Above) -> list[tuple[Server, Referral]]:
    """What each of the parent's servers says."""
    questions = [
        lambda server=server: again(lambda: referral(server.address, domain, seconds=SECONDS))
        for server in parent.servers
    ]
    return list(zip(parent.servers, at_once(questions), strict=True))


def ds_of(domain: str, parent: Above) -> list[tuple[Server, Answer]]:
    """The DS set as each of the parent's servers has it."""
    questions = [
        lambda server=server: again(lambda: ask(server.address, domain, "DS", seconds=SECONDS))
        for server in parent.servers
    ]
    return list(zip(parent.servers, at_once(questions), strict=True))


def look_round(domain: str) -> Round:
    """Everybody's word on whom `domain` is delegated to. Seconds at most."""
    wanted = hosts(settings.CATALYST.nameservers)
    parent = above(domain)
    questions: list[Callable[[], Asked]] = [
        *(_parent(server, domain, wanted) for server in parent.servers),
        *(_ours(server, domain, wanted) for server in own_servers()),
        *(_resolver(address, domain, wanted) for address in public_resolvers()),
    ]
    return Round(tuple(at_once(questions)))


def look_ours(domain: str) -> list[Asked]:
    """Only what our own name servers say."""
    wanted = hosts(settings.CATALYST.nameservers)
    return at_once(_ours(server, domain, wanted) for server in own_servers())


def _parent(server: Server, domain: str, wanted: Sequence[str]) -> Callable[[], Asked]:
    def question() -> Asked:
        said = again(lambda: referral(server.address, domain, seconds=SECONDS))
        found = hosts(said.nameservers)
        problem = _silence(said.failure, said.rcode, also=("NXDOMAIN",))
        if not problem and found != tuple(wanted):
            problem = _other_servers(found, wanted)
        return _asked("parent", server, found, said.ttl, problem, said.rcode)

    return question


def _ours(server: Server, domain: str, wanted: Sequence[str]) -> Callable[[], Asked]:
    def question() -> Asked:
        said = again(lambda: ask(server.address, domain, "NS", seconds=SECONDS))
        found = hosts(said.contents)
        problem = _silence(said.failure, said.rcode)
        if not problem and not said.authoritative:
            problem = "does not answer for the domain (no AA)"
        if not problem and found != tuple(wanted):
            problem = _other_servers(found, wanted)
        return _asked("ours", server, found, said.ttl, problem, said.rcode)

    return question


def _resolver(address: str, domain: str, wanted: Sequence[str]) -> Callable[[], Asked]:
    def question() -> Asked:
        def put(unchecked: bool) -> Answer:
            return again(
                lambda: ask(
                    address, domain, "NS", recursive=True, unchecked=unchecked, seconds=SECONDS
                )
            )

        said = put(unchecked=False)
        # An answer that is there only without checking is a broken chain of trust.
        bogus = said.rcode == "SERVFAIL" and put(unchecked=True).rcode == "NOERROR"
        found = hosts(said.contents)
        problem = _silence(said.failure, said.rcode, also=("NXDOMAIN",))
        if bogus:
            problem = "does not trust the answer (DNSSEC is broken)"
        elif not problem and found != tuple(wanted):
            problem = _other_servers(found, wanted)
        server = Server(address, address)
        rcode = "BOGUS" if bogus else said.rcode
        return _asked("resolver", server, found, said.ttl, problem, rcode)

    return question


def _silence(failure: str, rcode: str, *, also: Sequence[str] = ()) -> str:
    if failure:
        return "does not answer"
    if rcode in also:
        return "says that there is no such domain"
    return "" if rcode == "NOERROR" else f"answers {rcode}"


def _other_servers(found: Sequence[str], wanted: Sequence[str]) -> str:
    if not found:
        return "names no name servers"
    if set(found) & set(wanted):
        return f"names {', '.join(found)}: only some of them are ours, or too few"
    return f"still names {', '.join(found)}"


def _asked(
    group: str,
    server: Server,
    found: Sequence[str],
    ttl: int | None,
    problem: str,
    rcode: str,
) -> Asked:
    return Asked(
        group=group,
        server=server.name,
        address=server.address,
        answer=tuple(found),
        ttl=ttl,
        at=datetime.now(UTC).isoformat(),
        problem=problem,
        rcode=rcode,
    )
