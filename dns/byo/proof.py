"""The proof that a domain of the customer's own is right, gathered as anybody would."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from django.conf import settings

from dns.byo import observe, selectors
from dns.byo.models import DomainMove
from dns.delegation.ask import again, ask, resolver
from dns.delegation.proof import Evidence, Proof, addresses, names, of_address
from dns.pools.problems import NotPublished
from dns.registrars.values import hosts

Question = Callable[[], Evidence]


def prove(*, move_id: uuid.UUID) -> Proof:
    """Ask our name servers, the parent, and a resolver that validates, about every name.

    While the parent has no DS of ours, answers are not validated and may not be bogus; with one,
    they have to be validated. Raises UnknownMove, NotPublished.
    """
    row = selectors.get(move_id)
    if not row.address_v4:
        raise NotPublished(f"{row.fqdn} has no address yet.")
    parent = observe.above(row.fqdn)
    vouched = any(answer.contents for _, answer in observe.ds_of(row.fqdn, parent))
    questions = [
        *_authoritative(row),
        *_of_parent(row, parent),
        *_of_everybody(row, vouched=vouched),
    ]
    evidence = tuple(observe.at_once(questions))
    return Proof(ok=all(one.ok for one in evidence), evidence=evidence)


def _authoritative(row: DomainMove) -> list[Question]:
    return [
        _address(server.address, name, kind, address, aa=True)
        for server in observe.own_servers()
        for name in names(row.fqdn)
        for kind, address in addresses(row.address_v4, row.address_v6)
    ]


def _of_everybody(row: DomainMove, *, vouched: bool) -> list[Question]:
    return [
        _address(resolver(), name, kind, address, aa=False, ad=vouched)
        for name in names(row.fqdn)
        for kind, address in addresses(row.address_v4, row.address_v6)
    ]


def _of_parent(row: DomainMove, parent: observe.Above) -> list[Question]:
    wanted = hosts(settings.CATALYST.nameservers)

    def question(server: observe.Server) -> Evidence:
        [(_, said)] = observe.referrals(row.fqdn, observe.Above(parent.zone, (server,)))
        found = hosts(said.nameservers)
        problem = "" if found == wanted else f"expected {', '.join(wanted)}"
        text = ", ".join(found) or said.failure or said.rcode
        return Evidence(server.address, f"{row.fqdn} NS (parent)", text, 0, problem)

    return [partial(question, server) for server in parent.servers]


def _address(
    server: str, name: str, kind: str, address: str, *, aa: bool, ad: bool = False
) -> Question:
    def question() -> Evidence:
        answer = again(lambda: ask(server, name, kind, recursive=not aa, seconds=observe.SECONDS))
        return of_address(server, f"{name} {kind}", answer, address, aa=aa, ad=ad)

    return question
