"""The redeem page of somebody who is logged in: their own Organizations, or a new one."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import User
from franchise.ledger import services as ledger
from franchise.organizations.models import Organization
from franchise.vouchers.codes import grouped
from franchise.vouchers.services import Issued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(issued: Issued, **changes: Any) -> dict[str, str]:
    return {"code": grouped(issued.code), "idempotency_key": str(uuid.uuid4()),
            "organization_name": "", "organization_slug": "", **changes}  # fmt: skip


def test_given_a_member_when_opened_then_a_choice_of_their_own_and_no_e_mail(join) -> None:
    user, mine = join("Acme")
    join("Other")
    page = browser(user).get("/redeem").text
    assert f'<option value="{mine.pk}"' in page
    assert "A new Organization" in page
    assert "Other" not in page
    assert 'name="email"' not in page


def test_given_an_organization_chosen_when_sent_then_it_has_the_credit_and_the_page_leads_there(
    join, issue
) -> None:
    user, mine = join("Acme")
    issued = issue(max_redemptions=5)
    client = browser(user)
    done = client.post("/redeem", filled(issued, organization=str(mine.pk)), follow=True)
    assert done.redirect_chain == [("/redeem/done", 302)]
    assert "/organizations/acme/" in done.text and "OMR 12.345" in done.text
    assert ledger.available(organization_id=mine.pk, currency="OMR").minor == 12_345

    again = client.post("/redeem", filled(issued, organization=str(mine.pk)))
    assert again.status_code == 409
    assert "/organizations/acme/" in again.text  # the one that has the credit


def test_given_a_new_one_chosen_when_sent_then_it_belongs_to_the_account(join, issue) -> None:
    user, _ = join("Acme")
    form = filled(issue(), organization="new", organization_name="Second Shop")
    assert browser(user).post("/redeem", form).status_code == 302
    made = Organization.objects.get(slug="second-shop")
    assert made.owner_email == user.email
    assert made.memberships.get().user == user


def test_given_a_new_one_without_a_name_when_sent_then_422_and_the_choice_stays(
    join, issue
) -> None:
    user, _ = join("Acme")
    page = browser(user).post("/redeem", filled(issue(), organization="new"))
    assert page.status_code == 422
    assert "Type the name of your Organization." in page.text


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_given_a_role_that_may_not_when_opened_and_forced_then_not_offered_and_refused(
    join, issue, role: str
) -> None:
    user, theirs = join("Acme", role=role)
    client = browser(user)
    assert f'<option value="{theirs.pk}"' not in client.get("/redeem").text
    page = client.post("/redeem", filled(issue(), organization=str(theirs.pk)))
    assert page.status_code == 422
    assert ledger.available(organization_id=theirs.pk, currency="OMR").minor == 0


def test_given_too_many_tries_when_sent_then_429_and_what_was_typed_stays(
    lower, join, issue
) -> None:
    lower("redeem", 1)
    client, form = Client(), filled(issue(), email="a@example.com", organization_name="Acme Oman")
    client.post("/redeem", {**form, "code": "x"})
    page = client.post("/redeem", form)
    assert page.status_code == 429
    assert 'value="Acme Oman"' in page.text and "Nothing was redeemed." in page.text
    assert not Organization.objects.exists()
