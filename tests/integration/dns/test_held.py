"""`GET /pool/{domain}/held`: a name as its holder sees it, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from dns.pools import services
from dns.pools.services import Reservation
from dns.tokens import services as tokens
from tests.integration.dns.asking import POOL

pytestmark = pytest.mark.django_db
BY = "crossplane/1"


def bearer(name: str, *scopes: str) -> dict[str, str]:
    issued = tokens.issue(name=name, scopes=scopes, life=timedelta(days=1), actor="test")
    return {"Authorization": f"Bearer {issued.secret.reveal()}"}


@pytest.fixture
def held(reserve: Callable[..., Reservation]) -> Reservation:
    return reserve(owner="service:crossplane", created_by=BY)


def ask(label: str, headers: dict[str, str], by: str = BY) -> tuple[int, dict[str, object]]:
    url = f"/api/v1/pool/{POOL}/held"
    answer = Client().get(url, {"sub": label, "createdBy": by}, headers=headers)
    assert answer.status_code != 200 or answer["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()


def test_given_its_holder_when_asked_then_the_name_with_its_token(
    held: Reservation, label: str
) -> None:
    code, document = ask(label, bearer("crossplane", "reserve"))
    assert code == 200
    assert (document["sovereignFQDN"], document["state"]) == (held.fqdn, "reserved")
    assert document["reservationToken"] == held.token.reveal()


@pytest.mark.parametrize(
    ("program", "by"), [("another", BY), ("crossplane", "crossplane/2"), ("crossplane", "")]
)
def test_given_anybody_else_when_asked_then_not_found_and_nothing_shown(
    held: Reservation, label: str, program: str, by: str
) -> None:
    code, document = ask(label, bearer(program, "reserve", "commit"), by)
    assert code == 404 and document["type"] == "not-found"
    assert held.token.reveal() not in str(document) and "crossplane/1" not in str(document)


def test_given_another_scope_when_asked_then_refused(held: Reservation, label: str) -> None:
    assert ask(label, bearer("crossplane", "check", "commit", "release", "list"))[0] == 403


def test_given_a_name_given_back_when_its_holder_asks_then_not_found(
    held: Reservation, label: str
) -> None:
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    assert ask(label, bearer("crossplane", "reserve"))[0] == 404


def test_given_a_name_nobody_had_when_asked_then_not_found(label: str) -> None:
    assert ask(f"{label}-none", bearer("crossplane", "reserve"))[0] == 404
