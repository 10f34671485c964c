"""`POST /api/redeem` and the status of what came of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from catalyst.identity.models import User
from franchise.organizations.models import Membership, Organization
from franchise.vouchers.models import Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]


def ask(client: Client, **asked: Any) -> Any:
    headers = {key: asked.pop(key) for key in ("X-CSRFToken",) if key in asked}
    return client.post("/api/redeem", asked, content_type="application/json", headers=headers)


@pytest.fixture
def email() -> str:
    """Of somebody who never redeemed: such tries are counted."""
    return f"fatma@{uuid.uuid4().hex}.example"


def wish(issued: Any, email: str, **more: Any) -> dict[str, Any]:
    return {
        "code": issued.code.reveal(),
        "email": email,
        "org_name": "Acme",
        "idempotency_key": "one",
        **more,
    }


def test_given_a_good_code_when_a_program_redeems_then_202_and_where_to_look(
    issue, email: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = ask(client, **wish(issue(), email, slug="acme-oman"))
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert told["organization"] == "acme-oman" and told["app"] is None

    status = client.get(told["status_url"])
    assert status.status_code == 200
    assert status.json()["state"] == "ready" and status.json()["problem"] is None


def test_given_the_same_key_when_sent_twice_then_one_redemption_and_the_same_answer(
    issue, email: str
) -> None:
    issued, client = issue(), Client()
    first = ask(client, **wish(issued, email))
    again = ask(client, **wish(issued, email))
    assert first.json() == again.json() and Redemption.objects.count() == 1


def test_given_a_redemption_when_others_look_then_404_and_members_may(issue, email: str) -> None:
    owner = User.objects.create(subject=email, email=email)
    where = ask(Client(), **wish(issue(), email)).json()["status_url"]
    assert Client().get(where).status_code == 404

    stranger, member = Client(), Client()
    stranger.force_login(User.objects.create(subject="x@x.example", email="x@x.example"))
    member.force_login(owner)
    assert stranger.get(where).status_code == 404
    assert member.get(where).json()["organization"] == "acme"
    assert member.get(where.replace(where.split("/")[-1], "999999")).status_code == 404


@pytest.mark.parametrize(
    ("more", "status", "type_"),
    [
        ({"code": "AAAA-AAAA-AAAA"}, 404, "voucher-unknown"),
        ({"org_name": "x" * 201}, 400, "invalid"),
        ({"org_name": ""}, 422, "invalid"),
        ({"slug": "system"}, 422, "organization-slug-invalid"),
        ({"code": 7}, 400, "invalid"),
    ],
)
def test_given_a_wish_that_cannot_be_when_sent_then_a_problem_and_nothing(
    issue, email: str, more: dict[str, Any], status: int, type_: str
) -> None:
    answer = ask(Client(), **{**wish(issue(), email), **more})
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code == status, answer.content
    assert type_ in answer.json()["type"]
    assert not Organization.objects.exists() and not Redemption.objects.exists()


def test_given_no_email_when_nobody_is_logged_in_then_refused(issue, email: str) -> None:
    assert ask(Client(), **wish(issue(), "")).status_code == 401


def test_given_a_session_when_it_redeems_then_only_with_its_token(issue, email: str) -> None:
    user = User.objects.create(subject=email, email=email)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    asked = wish(issue(), "")
    assert ask(client, **asked).status_code == 403
    assert not Redemption.objects.exists()

    client.get("/account/password/")
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    assert ask(client, **asked, **{"X-CSRFToken": token}).status_code == 202
    assert Membership.objects.get(role="owner").user == user


def test_given_no_apps_here_when_one_is_chosen_then_redeemed_all_the_same(
    issue, email: str
) -> None:
    answer = ask(Client(), **wish(issue(), email, blueprint="radicale"))
    assert answer.status_code == 202 and answer.json()["app"] is None


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_given_another_method_when_asked_then_405(method: str) -> None:
    assert getattr(Client(), method)("/api/redeem").status_code == 405
