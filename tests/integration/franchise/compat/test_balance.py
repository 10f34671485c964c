"""`GET /billing/balance`: what a person's Organizations can spend, in the old system's fields."""

from __future__ import annotations

import pytest
from django.test import Client

from catalyst.identity.models import User
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.redeem.services import redeem_for

pytestmark = pytest.mark.django_db
BALANCE = "/billing/balance"


@pytest.fixture
def person() -> User:
    return User.objects.create(subject="p", email="p@example.com")


@pytest.fixture
def client_of_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_given_no_organization_when_asked_then_zeros(client_of_person: Client) -> None:
    assert client_of_person.get(BALANCE).json() == {
        "credit_omr": 0, "credit_baisa": 0, "entries": [],
    }  # fmt: skip


def test_given_credit_that_came_and_went_when_asked_then_exact_and_newest_first(
    person: User, client_of_person: Client, issue
) -> None:
    mine = organizations.create(name="Acme", owner_email=person.email, user=person)
    redeem_for(code=issue(label="Launch").code, user=person, organization_id=mine.pk,
               idempotency_key="key")  # fmt: skip
    ledger.spend(organization_id=mine.pk, amount=Money(2_345, "OMR"), source="order:1", actor="x")
    ledger.grant(
        organization_id=mine.pk, amount=Money(500, "USD"), category="goodwill", source="s",
        actor="x",
    )  # fmt: skip

    answer = client_of_person.get(BALANCE)

    told = answer.json()
    assert (told["credit_omr"], told["credit_baisa"]) == (10, 10_000)
    assert [(each["amount_baisa"], each["reason"]) for each in told["entries"]] == [
        (-2_345, "order-payment"), (12_345, "promo:Launch"),
    ]  # fmt: skip
    assert '"amount_omr": -2.345' in answer.text
    assert set(told["entries"][0]) == {
        "id", "amount_omr", "amount_baisa", "reason", "order_id", "created_at",
    }  # fmt: skip


def test_w14_given_an_organization_of_others_or_a_small_role_when_asked_then_nothing_of_it(
    person: User, client_of_person: Client
) -> None:
    for name, role in (("Theirs", None), ("Ours", "viewer")):
        other = organizations.create(name=name, owner_email="boss@example.com")
        if role:
            other.memberships.create(email=person.email, user=person, role=role)
        ledger.grant(organization_id=other.pk, amount=Money(9, "OMR"), category="goodwill",
                     source=name, actor="x")  # fmt: skip
    assert client_of_person.get(BALANCE).json()["credit_baisa"] == 0


def test_given_nobody_logged_in_when_asked_then_401() -> None:
    assert Client().get(BALANCE).status_code == 401
