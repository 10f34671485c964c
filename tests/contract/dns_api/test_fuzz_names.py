"""Schemathesis over the paths of the pool-domain-manager, as a program with every scope.

The general fuzz (tests/contract/api) comes as a person who may do little here. Real names, tokens
and pools are mixed in, so that more than refusals is answered. Inside the test's transaction: no
worker sees a row, and nobody waits for one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from schemathesis import GenerationMode

from catalyst.api.document import PREFIX
from dns.pools import services as names
from dns.pools.models import Allocation, Pool
from dns.tokens import services as tokens
from dns.tokens.models import Scope
from tests.contract.api.test_fuzz import Somebody, app, try_all  # noqa: F401

pytestmark = pytest.mark.django_db
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


@pytest.fixture
def program(db: None) -> Somebody:
    """A program that may do everything and is ready to wait for nothing."""
    issued = tokens.issue(
        name="fuzz", scopes=list(Scope.values), actor="test", life=timedelta(days=1)
    )
    bearer = f"Bearer {issued.secret.reveal()}"
    return Somebody(headers={"Authorization": bearer, "Prefer": "respond-async"})


def test_given_a_program_when_every_path_of_names_is_fuzzed_then_no_500_and_all_as_documented(
    app: WSGIHandler,  # noqa: F811
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

    sent = walk(app, program, judge)

    assert sent > 100
    assert {name for name, statuses in seen.items() if min(statuses) < 300} >= SUCCEED
    row = Allocation.objects.get(pk=held.allocation_id)
    assert (row.state, row.owner) == ("reserved", "deployment:canary")


def test_given_true_values_when_sent_in_the_shape_of_the_document_then_it_holds(
    app: WSGIHandler,  # noqa: F811
    program: Somebody,
) -> None:
    """The answers that no made-up value reaches: 201, 202 and the plans."""
    Pool.objects.get_or_create(domain=DOMAIN)
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}openapi.json", app=app)

    def send(path: str, method: str, query: dict[str, Any], **body: Any) -> dict[str, Any]:
        case = schema[f"/api/v1{path}"][method].Case(
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


def walk(app: WSGIHandler, somebody: Somebody, judge: Callable[..., None]) -> int:  # noqa: F811
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}openapi.json", app=app)
    sent = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if not operation.path.removeprefix("/api/v1").startswith(PATHS):
            continue
        known = {"domain": DOMAIN} if "{domain}" in operation.path else {}
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for given in ({}, known) if known else ({},):
                strategy = operation.as_strategy(generation_mode=mode, path_parameters=given)
                sent += try_all(strategy, name, somebody, judge)
    return sent
