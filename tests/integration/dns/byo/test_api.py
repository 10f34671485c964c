"""`/api/v1/domains`: look, begin, panel, check, restore; what is not yours is not there."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from dns.byo import worker
from dns.pools.models import Pool
from tests.integration.dns.byo.moving import Moving, live, prove
from tests.integration.dns.registrars.stage import OURS, Stage

pytestmark = [
    pytest.mark.xdist_group("registrars"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("uncounted"),
]


def call(client: Client, method: str, path: str, **body: Any) -> tuple[int, Any]:
    answer = client.generic(
        method, f"/api/v1/domains{path}", json.dumps(body), content_type="application/json"
    )
    return answer.status_code, answer.json()


def test_given_a_person_when_a_domain_is_brought_by_the_api_then_the_panel_says_all_of_it(
    stage: Stage,
    log_in: Any,
) -> None:
    me, stranger, operator = log_in(Role.MEMBER), log_in(Role.MEMBER), log_in(Role.OPERATOR)
    customer = live(stage, "namecheap")

    status, seen = call(me, "POST", "/look", domain=customer.name)
    assert status == 200 and seen["needsAcknowledgement"] and seen["hasMail"]
    assert {"name": customer.name, "kind": "MX", "ttl": 60, "contents": [f"10 mx.{customer.name}."]
            } in seen["records"]  # fmt: skip
    assert seen["registration"]["known"] is False

    listed = "\n".join(
        f"{one['name']}. {one['kind']} {text}"
        for one in seen["records"]
        for text in one["contents"]
    )
    key = {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex}
    body = {"domain": customer.name, "mode": "manual", "records": listed}
    first = me.post("/api/v1/domains", body, content_type="application/json", **key)
    again = me.post("/api/v1/domains", body, content_type="application/json", **key)
    assert first.status_code == 201 and first.json()["id"] == again.json()["id"]
    move_id = first.json()["id"]
    moving = Moving(stage, customer, uuid.UUID(move_id))
    moving.until("preparing", needs="txt")
    prove(moving)
    assert call(me, "POST", f"/{move_id}/check")[0] == 202
    worker.follow(move_id=moving.move_id)
    moving.until("pending_flip", needs="ns")

    _, panel = call(me, "GET", f"/{move_id}")
    assert panel["nameservers"] == list(OURS) and panel["needs"] == ["ns"]
    assert {one["ok"] for one in panel["ourServers"]} == {True}
    assert [one["ok"] for one in panel["serversOfParent"]] == [False]
    assert panel["instructions"][0]["values"] == list(OURS) and panel["ds"] == []
    assert [one["id"] for one in call(me, "GET", "")[1]] == [move_id]
    assert call(operator, "GET", f"/{move_id}")[0] == 200

    for method, path in (("GET", ""), ("POST", "/check"), ("DELETE", "")):
        status, problem = call(stranger, method, f"/{move_id}{path}")
        assert (status, problem["type"]) == (404, "domain-not-found")
    assert call(stranger, "POST", f"/{move_id}/restore", confirm=customer.name)[0] == 404
    assert call(Client(), "GET", f"/{move_id}")[0] == 401

    status, problem = call(me, "POST", f"/{move_id}/restore", confirm="x.com")
    assert (status, problem["type"], problem["field"]) == (
        422, "wrong-acknowledgement", "confirm",
    )  # fmt: skip
    status, shown = call(me, "POST", f"/{move_id}/restore", confirm=customer.name)
    assert (status, shown["state"]) == (202, "restoring")
    assert call(me, "POST", f"/{move_id}/resume")[1]["type"] == "not-in-this-state"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"domain": "omani.works", "mode": "manual"}, 409, "domain-is-ours"),
        ({"domain": "co.uk", "mode": "manual"}, 422, "invalid-domain"),
        ({"domain": "a.com", "mode": "magic"}, 422, "invalid"),
        ({"domain": "a.com", "mode": "registrar"}, 404, "unsupported-registrar"),
        ({"domain": "a.com", "mode": "registrar", "registrar": "ovh"}, 422, "missing-token"),
        ({"domain": "a.com", "mode": "manual", "records": "@ LUA x"}, 422, "invalid-record"),
        (
            {"domain": "a.com", "mode": "manual", "acknowledgement": "b.com"},
            422,
            "wrong-acknowledgement",
        ),
        (
            {"domain": "a.com", "mode": "registrar", "registrar": "cloudflare", "token": "t:x"},
            422,
            "not-supported-for-domain",
        ),
    ],
)
def test_given_bad_input_when_begun_then_a_typed_problem(
    log_in: Any,
    body: dict[str, str],
    status: int,
    kind: str,
) -> None:
    Pool.objects.get_or_create(domain="omani.works")
    code, problem = call(log_in(Role.MEMBER), "POST", "", **body)
    assert (code, problem["type"]) == (status, kind)


def test_given_records_of_40000_characters_then_they_are_read(log_in: Any) -> None:
    listed = f"{'@ TXT x'.ljust(39_990, ';')}\n@ LUA x"
    code, problem = call(log_in(Role.MEMBER), "POST", "", domain="a.com", mode="manual",
                         records=listed)  # fmt: skip
    assert (code, problem["type"], problem["line"]) == (422, "invalid-record", 2)


def test_given_no_role_then_nothing_is_looked_at(log_in: Any) -> None:
    assert call(log_in(), "POST", "/look", domain="a.com")[0] == 403
