"""Schemathesis over the paths of the pool-domain-manager, as a program with every scope; and over
the whole API with each scope alone.

The general fuzz (tests/contract/api) comes as people, of whom few may do much here. Real names,
tokens and pools are mixed in, so that more than refusals is answered. Inside the test's
transaction: no worker sees a row, and nobody waits for one.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest

from dns.pools import services as names
from dns.pools.models import Allocation, Pool
from dns.tokens import services as tokens
from dns.tokens.models import Scope
from tests.contract.api.fuzzing import Owned, Somebody, document, send_all, shows

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("connection_kept"),
    pytest.mark.xdist_group("fuzz"),
]
DOMAIN = "omani.works"
PATHS = ("/pool/", "/reserved", "/reserve", "/commit", "/validate")
# What must have been answered well at least once, else the examples were worth nothing.
SUCCEED = {
    "pool_check",
    "held_listing",
    "aliases_validate",
    "aliases_healthz",
    "words_read",
}


# Said a second time on purpose: a scope that opens more is to be noticed here.
OPENS = {
    Scope.CHECK: {"pool_check", "aliases_validate", "aliases_healthz", "words_read"},
    Scope.RESERVE: {
        "pool_reserve",
        "aliases_reserve",
        "held_renew",
        "mine_held",
        "aliases_healthz",
    },
    Scope.COMMIT: {"held_commit", "aliases_commit", "aliases_healthz"},
    Scope.RELEASE: {"held_release", "aliases_healthz"},
    Scope.LIST: {"held_listing", "held_events", "aliases_healthz"},
    Scope.WORDS: {"words_add", "words_remove", "aliases_healthz"},
}


@pytest.fixture
def program(db: None) -> Somebody:
    """A program that may do everything and is ready to wait for nothing."""
    return program_with(*Scope.values)


def program_with(*scopes: str) -> Somebody:
    issued = tokens.issue(name="fuzz", scopes=list(scopes), actor="test", life=timedelta(days=1))
    bearer = f"Bearer {issued.secret.reveal()}"
    return Somebody(headers={"Authorization": bearer, "Prefer": "respond-async"})


def test_given_a_program_when_every_path_of_names_is_fuzzed_then_no_500_and_all_as_documented(
    program: Somebody,
) -> None:
    Pool.objects.get_or_create(domain=DOMAIN)
    held = names.reserve(
        pool=DOMAIN,
        label="fuzzed-name",
        owner="deployment:canary",
        actor="test",
        idempotency_key="1",
    )
    seen: dict[str, set[int]] = {}

    def judge(name: str, answer: Any) -> None:
        seen.setdefault(name, set()).add(answer.status_code)
        assert held.token.reveal() not in answer.text, f"{name} shows another's token"

    sent = send_all(program, judge, ids={"domain": DOMAIN}, paths=PATHS)

    assert sent > 60
    assert {name for name, statuses in seen.items() if min(statuses) < 300} >= SUCCEED
    row = Allocation.objects.get(pk=held.allocation_id)
    assert (row.state, row.owner) == ("reserved", "deployment:canary")


@pytest.mark.parametrize("scope", list(Scope))
def test_given_a_program_of_one_scope_when_the_whole_api_is_fuzzed_then_no_more_opens(
    owned: Owned,
    scope: Scope,
) -> None:
    opened: set[str] = set()

    def judge(name: str, answer: Any) -> None:
        if answer.status_code < 400:
            opened.add(name)
        if scope == Scope.LIST and name in OPENS[scope]:  # every name of a pool is its to see
            assert not shows(owned.hidden, answer), f"{name} shows a secret"
            return
        shown = shows((*owned.canaries, *owned.hidden), answer)
        assert not shown, f"{name} shows {shown}"

    sent = send_all(program_with(scope), judge, ids=owned.ids, real_only=True)

    assert opened <= OPENS[scope]
    assert sent > 100 and (opened or scope not in (Scope.CHECK, Scope.LIST))


def test_given_true_values_when_sent_in_the_shape_of_the_document_then_it_holds(
    program: Somebody,
) -> None:
    """The answers that no made-up value reaches: 201, 202 and the plans."""
    Pool.objects.get_or_create(domain=DOMAIN)

    def send(path: str, method: str, query: dict[str, Any], **body: Any) -> dict[str, Any]:
        case = document()[f"/api/v1{path}"][method].Case(
            path_parameters={"domain": DOMAIN},
            query=query,
            body=body,
            media_type="application/json",
            headers=dict(program.headers),
        )
        answer = case.call()
        case.validate_response(answer)
        found: dict[str, Any] = json.loads(answer.content)
        return found

    label = f"t{secrets.token_hex(6)}"
    name = {"subdomain": label}
    assert send("/pool/{domain}/reserve", "POST", {"dryRun": "true"}, **name)["dryRun"] is True
    made = send("/pool/{domain}/reserve", "POST", {}, **name)
    held = {**name, "reservationToken": made["reservationToken"]}
    assert send("/pool/{domain}/renew", "POST", {}, **held)["state"] == "reserved"
    where = {"loadBalancerIP": "88.99.1.2"}
    send("/pool/{domain}/commit", "POST", {"dryRun": "true"}, **held, **where)
    assert send("/pool/{domain}/commit", "POST", {}, **held, **where)["warning"] == "dns-pending"
    gone = send("/pool/{domain}/release", "DELETE", {}, **held)
    assert gone["freed"]["state"] == "releasing"
