"""From the cart to an order: once, at the price that was seen, with a voucher or a card."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from catalyst.identity.models import User
from franchise.billing.models import Order
from franchise.billing.orders import services as orders
from franchise.catalog.models import Offer, PlanPrice
from franchise.ledger import services as ledger
from franchise.organizations.models import Membership, Organization
from franchise.site.models import Cart
from franchise.vouchers.codes import grouped
from franchise.vouchers.models import Redemption
from tests.integration.franchise.site.conftest import act, hidden

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]


def test_given_nobody_logged_in_when_at_the_checkout_then_the_way_to_log_in_and_back(
    visitor: Client,
) -> None:
    act(visitor, "add-app:ghost")
    page = visitor.get("/checkout")
    assert "/login/?next=/checkout" in page.text
    assert 'name="fingerprint"' not in page.text
    assert visitor.post("/checkout", {"organization": "new"}).status_code == 200
    assert not Order.objects.exists()


def test_given_credit_when_ordered_then_paid_and_the_cart_is_spent(
    customer: Client, acme: Organization, give, order
) -> None:
    give(20_000)
    act(customer, "plan:s", "/plans")
    act(customer, "add-app:ghost")
    done = order(customer, organization=str(acme.pk))
    bought = Order.objects.get()
    assert done["Location"] == f"/organizations/acme/checkout/{bought.number}/"
    assert bought.state == orders.State.PAID
    assert {line.slug for line in bought.lines.all()} == {"s", "ghost"}
    assert "It is paid." in customer.get(done["Location"]).text
    assert "Take out Ghost" not in customer.get("/apps").text
    assert Cart.objects.get().order == bought


def test_given_a_voucher_when_ordered_then_organization_credit_and_order_at_once(
    customer: Client, owner: User, issue, order
) -> None:
    code = grouped(issue().code)
    act(customer, "plan:s", "/plans")
    done = order(customer, code=code, organization_name="Blue Fish")
    assert done.status_code == 302, done.text
    made = Organization.objects.get(slug="blue-fish")
    assert Membership.objects.get(organization=made).user == owner
    assert Order.objects.get().organization == made
    assert ledger.available(organization_id=made.pk, currency="OMR").minor == 12_345 - 5_000


def test_given_a_double_click_when_sent_twice_then_one_order_and_the_same_page(
    customer: Client, acme: Organization, give, order
) -> None:
    give(50_000)
    act(customer, "plan:m", "/plans")
    page = customer.get("/checkout").text
    form = {"fingerprint": hidden(page, "fingerprint"), "key": hidden(page, "key"),
            "organization": str(acme.pk), "use_credit": "on"}  # fmt: skip
    first, second = customer.post("/checkout", form), customer.post("/checkout", form)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_given_a_key_of_no_cart_when_sent_then_409_and_nothing_happened(
    customer: Client, acme: Organization, give, order
) -> None:
    give(50_000)
    act(customer, "plan:m", "/plans")
    page = order(customer, organization=str(acme.pk), key=str(uuid.uuid4()))
    assert page.status_code == 409
    assert "changed in another window" in page.text
    assert not Order.objects.exists()


def test_given_the_price_rises_when_ordered_then_it_is_shown_and_asked_again(
    customer: Client, acme: Organization, give, issue, order
) -> None:
    give(50_000)
    act(customer, "plan:s", "/plans")
    before = customer.get("/checkout").text
    PlanPrice.objects.filter(thing__slug="s", currency="OMR").update(minor=6_000)
    form = {"fingerprint": hidden(before, "fingerprint"), "key": hidden(before, "key"),
            "organization": "new", "organization_name": "Blue Fish",
            "code": grouped(issue().code), "use_credit": "on"}  # fmt: skip
    page = customer.post("/checkout", form)
    assert page.status_code == 409
    assert "The price has changed" in page.text and "OMR 6.000" in page.text
    assert 'value="Blue Fish"' in page.text
    # Nothing of it happened: no Organization, no use of the code.
    assert not Redemption.objects.exists()
    assert not Organization.objects.filter(slug="blue-fish").exists()
    again = customer.post("/checkout", {**form, "fingerprint": hidden(page.text, "fingerprint")})
    assert again.status_code == 302
    assert Order.objects.get().total.minor == 6_000


def test_given_no_card_can_be_taken_when_credit_is_too_little_then_503_and_nothing_happened(
    customer: Client, issue, order
) -> None:
    act(customer, "plan:xl", "/plans")
    page = order(customer, organization_name="Blue Fish", code=grouped(issue().code))
    assert page.status_code == 503
    assert "Cards cannot be taken here yet" in page.text
    assert not Order.objects.exists() and not Redemption.objects.exists()
    assert not Organization.objects.filter(slug="blue-fish").exists()


def test_given_a_card_when_ordered_then_the_page_leads_to_the_payment_and_back_to_the_choice(
    customer: Client, acme: Organization, till, order
) -> None:
    act(customer, "plan:s", "/plans")
    act(customer, "add-app:ghost")
    done = order(customer, organization=str(acme.pk))
    page = customer.get(done["Location"]).text
    awaits = Order.objects.get()
    assert awaits.state == orders.State.AWAITING_PAYMENT
    assert f'href="{awaits.checkout_url}"' in page and "Pay OMR 5.000 by card" in page
    moved = customer.post(f"{done['Location']}change")
    assert moved["Location"] == "/review"
    assert "Take out Ghost" in customer.get("/review").text
    awaits.refresh_from_db()
    assert awaits.state == orders.State.CANCELLED
    assert Cart.objects.get().order is None


def test_given_an_order_of_another_organization_when_its_page_is_opened_then_404(
    customer: Client, acme: Organization, give, order, log_in
) -> None:
    give(50_000)
    act(customer, "plan:s", "/plans")
    done = order(customer, organization=str(acme.pk))
    assert log_in("member").get(done["Location"]).status_code == 404
    assert customer.get("/organizations/acme/checkout/O-0000000000/").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_given_a_role_that_may_not_pay_when_forced_then_refused(
    customer: Client, acme: Organization, owner: User, give, order, role: str
) -> None:
    give(50_000)
    Membership.objects.create(organization=acme, email="boss@acme.example", role="owner")
    Membership.objects.filter(user=owner).update(role=role)
    act(customer, "plan:s", "/plans")
    assert f'<option value="{acme.pk}"' not in customer.get("/checkout").text
    assert order(customer, organization=str(acme.pk)).status_code == 422
    assert not Order.objects.exists()


def test_given_a_taken_short_name_when_ordered_then_409_with_free_ones_and_nothing_happened(
    customer: Client, issue, order
) -> None:
    act(customer, "plan:s", "/plans")
    page = order(customer, organization_name="Acme", code=grouped(issue().code))
    assert page.status_code == 409
    assert 'name="organization_slug" value="acme-2"' in page.text
    assert not Redemption.objects.exists()


def test_given_more_than_the_plan_holds_when_ordered_then_refused(
    customer: Client, acme: Organization, give, order
) -> None:
    give(50_000)
    act(customer, "plan:s", "/plans")
    act(customer, "add-app:ghost")
    Offer.objects.filter(slug="ghost").update(memory_mb=9_000)
    page = order(customer, organization=str(acme.pk))
    assert page.status_code == 422
    assert "need more than this Plan gives" in page.text
    assert not Order.objects.exists()


def test_given_a_code_when_worked_out_then_what_it_pays_is_shown_and_it_stays_out_of_the_page_url(
    customer: Client, issue
) -> None:
    act(customer, "plan:m", "/plans")
    code = grouped(issue().code)
    page = customer.get("/checkout").text
    form = {"act": "look", "key": hidden(page, "key"), "fingerprint": "x", "organization": "new",
            "organization_name": "Blue Fish", "code": code, "use_credit": "on"}  # fmt: skip
    seen = customer.post("/checkout", form).text
    assert "This voucher gives you <bdi>OMR 12.345</bdi>" in seen
    assert "Order, and pay with credit" in seen
    assert 'value="Blue Fish"' in seen
    assert not Organization.objects.filter(slug="blue-fish").exists()
    assert f'value="{code}"' in customer.get("/checkout").text  # kept for whoever comes back
    wrong = customer.post("/checkout", {**form, "code": "7K2M-9QXT-4HB3"}).text
    assert "We do not know this code" in wrong


def test_given_a_link_with_a_code_when_going_through_the_shop_then_it_is_at_the_checkout(
    visitor: Client, owner: User, issue
) -> None:
    code = grouped(issue().code)
    visitor.get("/redeem", {"code": code})
    act(visitor, "plan:s", "/plans")
    visitor.force_login(owner)
    assert f'value="{code}"' in visitor.get("/checkout").text
