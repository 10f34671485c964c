"""`/api/v1/pool`: paths, fields and status codes of the compatible API; who may do what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from tests.integration.dns.asking import POOL

pytestmark = pytest.mark.django_db


def call(client: Client, method: str, act: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = client.generic(
        method,
        f"/api/v1/pool/{POOL}/{act}",
        json.dumps(body),
        content_type="application/json",
    )
    return answer.status_code, answer.json()


def test_given_an_operator_when_the_whole_way_is_gone_then_the_documented_answers(
    operator: Client, label: str, address: str
) -> None:
    status, made = call(operator, "POST", "reserve", subdomain=label.upper())
    assert (status, made["state"], made["sovereignFQDN"]) == (201, "reserved", f"{label}.{POOL}")
    held = {"subdomain": label, "reservationToken": made["reservationToken"]}
    assert call(operator, "POST", "renew", **held)[0] == 200
    status, active = call(operator, "POST", "commit", **held, loadBalancerIP=address)
    assert (status, active["state"], active["loadBalancerIP"]) == (200, "active", address)
    assert "reservationToken" not in active
    assert call(operator, "POST", "commit", **held, loadBalancerIP=address)[0] == 200
    status, listed = call(operator, "GET", "list")
    assert status == 200 and made["reservationToken"] not in str(listed)
    assert [row["subdomain"] for row in listed["allocations"]] == [label]
    status, freed = call(operator, "DELETE", "release", **held)
    assert (status, freed["state"]) == (200, "releasing")


def test_given_bad_requests_when_sent_then_typed_problems(
    operator: Client, label: str, address: str
) -> None:
    assert _kind(call(operator, "POST", "reserve", subdomain="-")) == (422, "invalid-format")
    assert _kind(call(operator, "POST", "reserve", subdomain="API")) == (422, "reserved")
    assert call(operator, "POST", "reserve")[0] == 422
    made = call(operator, "POST", "reserve", subdomain=label)[1]
    taken = call(operator, "POST", "reserve", subdomain=label)
    assert _kind(taken) == (409, "name-taken") and taken[1]["suggestions"]
    wrong = {"subdomain": label, "reservationToken": "x", "loadBalancerIP": address}
    assert _kind(call(operator, "POST", "commit", **wrong)) == (403, "token-mismatch")
    right = {**wrong, "reservationToken": made["reservationToken"]}
    assert _kind(call(operator, "POST", "commit", **{**right, "loadBalancerIP": "10.0.0.1"})) == (
        422,
        "invalid-address",
    )
    assert call(operator, "POST", "commit", **right, sovereignFQDN="evil.omani.works")[0] == 422
    assert call(operator, "POST", "commit", **{**right, "subdomain": "nobody-has"})[0] == 404


def test_given_an_idempotency_key_when_sent_twice_then_one_reservation(
    operator: Client, label: str
) -> None:
    answers = [
        operator.post(
            f"/api/v1/pool/{POOL}/reserve",
            {"subdomain": label},
            content_type="application/json",
            headers={"Idempotency-Key": "abc"},
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_given_any_name_when_checked_then_200_with_reason_and_suggestions(
    operator: Client, label: str
) -> None:
    def check(domain: str, sub: str) -> dict[str, Any]:
        answer = operator.get(f"/api/v1/pool/{domain}/check", {"sub": sub})
        assert answer.status_code == 200
        return answer.json()

    assert check(POOL, label)["available"] is True
    assert check(POOL, "api")["reason"] == "reserved"
    assert check(POOL, "")["reason"] == "invalid-format"
    assert check("example.com", "omantel")["reason"] == "unsupported-pool"
    assert check(POOL, "api")["suggestions"]


def test_given_no_role_for_it_when_called_then_refused(
    log_in: Callable[..., Client], label: str
) -> None:
    assert call(Client(), "GET", "list")[0] == 401
    member = log_in(Role.MEMBER)
    assert call(member, "POST", "reserve", subdomain=label)[0] == 403
    assert call(member, "GET", "list")[0] == 403
    assert call(member, "GET", f"check?sub={label}")[0] == 200
    assert call(log_in(), "GET", f"check?sub={label}")[0] == 403


def _kind(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    return answer[0], answer[1]["type"]
