"""Billing's pages: what staff and customers see and may do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role, User
from catalyst.models import AuditEvent
from catalyst.vault.models import SealedSecret
from franchise.billing.models import BillingSecret, BillingSettings, Invoice, Order, Subscription
from franchise.billing.orders import services as orders
from franchise.billing.revenue import selectors as revenue
from franchise.billing.settings import services as settings
from franchise.billing.subscriptions import renewing
from franchise.organizations import services as organizations
from tests.integration.franchise.billing.conftest import credit_of
from tests.unit.franchise.billing.pdf_text import left_to_right

pytestmark = pytest.mark.django_db
KEY = "sk_test_" + "a1b2" * 8  # made up


@pytest.fixture
def staff(log_in) -> Client:
    return log_in(Role.SOVEREIGN_ADMIN)


@pytest.fixture
def customer(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def form(**changes: Any) -> dict[str, Any]:
    values = {
        "seller_name": "Omantel", "seller_address": "Muscat", "seller_tax_number": "OM11",
        "country": "OM", "currency": "OMR", "prices_include_tax": "on", "series_prefix": "INV",
        "retry_days": "1, 3, 7", "publishable_key": "", "stripe_api_key": "", "stripe_webhook": "",
    }  # fmt: skip
    return {**values, **changes}


def test_given_orders_when_searched_and_filtered_then_found_and_as_csv(
    staff, acme, give, buy, till
) -> None:
    assert "No order yet" in staff.get("/backoffice/orders/").text
    give(9_000)
    paid, waiting = buy(), buy()
    page = staff.get("/backoffice/orders/", {"q": "acme", "state": "paid"})
    assert paid.number in page.text and waiting.number not in page.text
    assert "No order found" in staff.get("/backoffice/orders/", {"q": "nobody"}).text
    csv = b"".join(staff.get("/backoffice/orders/?format=csv").streaming_content).decode()
    assert f"{paid.number}," in csv and ",9.000," in csv and len(csv.splitlines()) == 3


def test_given_more_than_a_page_when_listed_then_older_ones_follow_by_key(staff, give, buy) -> None:
    give(9_000)
    first = buy()
    Order.objects.bulk_create(
        Order(
            number=f"O-{number:010d}", organization=first.organization, placed_by="x",
            email="x@example.com", currency="OMR", net_minor=1, tax_minor=0, total_minor=1,
            card_minor=1, quote={}, fingerprint="", idempotency_key=str(number),
        )
        for number in range(50)
    )  # fmt: skip
    page = staff.get("/backoffice/orders/")
    assert first.number not in page.text and "before=" in page.text
    oldest = Order.objects.order_by("-id")[49].pk
    assert first.number in staff.get("/backoffice/orders/", {"before": oldest}).text


def test_given_a_mixed_order_when_refunded_on_its_page_then_said_and_noted(
    staff, give, paid_by_card
) -> None:
    give(3_215)
    order = paid_by_card()
    address = f"/backoffice/orders/{order.pk}/"
    page = staff.get(address)
    for words in (order.number, "OMR 3.215", "OMR 5.780", "OMR 0.005", order.payment_reference):
        assert words in page.text
    bad = staff.post(f"{address}refund", {"amount": "99", "reason": "too much"})
    assert bad.status_code == 422 and 'value="99"' in bad.text
    assert staff.post(f"{address}refund", {"amount": "1.5", "reason": ""}).status_code == 422
    done = staff.post(f"{address}refund", {"amount": "1.5", "reason": "slow"}, follow=True)
    assert "OMR 1.500" in done.text and "INV-CN-" in done.text
    order.refresh_from_db()
    assert (order.state, order.refunded_card_minor) == ("partly_refunded", 1_500)
    assert AuditEvent.objects.get(act="franchise.order-refund").after["reason"] == "slow"


def test_given_an_open_order_when_cancelled_on_its_page_then_credit_is_back(
    staff, acme, give, buy, till
) -> None:
    give(3_000)
    order = buy()
    staff.post(f"/backoffice/orders/{order.pk}/cancel")
    assert credit_of(acme) == 3_000
    assert staff.post(f"/backoffice/orders/{order.pk}/cancel").status_code == 302  # twice is fine


def test_w12_given_kept_keys_when_the_form_comes_with_blank_ones_then_they_stay(staff) -> None:
    """Fault 12 of §9.1: changing the publishable key erased both secrets."""
    kept = form(stripe_api_key=KEY, stripe_webhook="whsec_" + "x" * 20)
    assert staff.post("/backoffice/billing/", kept).status_code == 302
    staff.post("/backoffice/billing/", form(publishable_key="pk_test_1", seller_name="Other"))
    assert settings.secret(BillingSecret.Name.API_KEY).reveal() == KEY
    assert settings.secret(BillingSecret.Name.WEBHOOK).reveal() == "whsec_" + "x" * 20
    row = BillingSettings.objects.get()
    assert (row.publishable_key, row.seller_name) == ("pk_test_1", "Other")
    page = staff.get("/backoffice/billing/")
    assert KEY not in page.text and f"…{KEY[-4:]}" in page.text


def test_w12_given_a_key_when_replaced_or_removed_then_nothing_of_the_old_one_is_left(
    staff,
) -> None:
    staff.post("/backoffice/billing/", form(stripe_api_key=KEY))
    staff.post("/backoffice/billing/", form(stripe_api_key=KEY[:-4] + "zzzz"))
    assert SealedSecret.objects.filter(purpose="franchise.billing").count() == 1
    assert staff.post("/backoffice/billing/keys/stripe-api-key/remove").status_code == 302
    assert settings.secret(BillingSecret.Name.API_KEY) is None
    assert not SealedSecret.objects.filter(purpose="franchise.billing").exists()
    assert staff.post("/backoffice/billing/keys/stripe-api-key/remove").status_code == 404
    told = str(list(AuditEvent.objects.values_list("before", "after")))
    assert KEY not in told and KEY[:-4] not in told


@pytest.mark.parametrize(
    ("field", "value"),
    [("stripe_api_key", "pk_test_wrong_one"), ("series_prefix", "inv-"), ("country", "Oman"),
     ("retry_days", "7, 3"), ("retry_days", "0"), ("currency", "XXX")],
)  # fmt: skip
def test_given_an_odd_setting_when_kept_then_422_beside_its_field_and_nothing_changes(
    staff, field: str, value: str
) -> None:
    page = staff.post("/backoffice/billing/", form(**{field: value}))
    assert page.status_code == 422 and f"id_{field}-error" in page.text
    assert not BillingSettings.objects.filter(seller_name="Omantel").exists()


def test_given_a_tax_rate_to_come_when_added_and_taken_back_then_kept_and_gone(
    staff, goods
) -> None:
    rate = {"country": "om", "name": "VAT", "percent": "7.5", "valid_from": "2099-01-01"}
    staff.post("/backoffice/billing/taxes", rate)
    assert "7.5" in staff.get("/backoffice/billing/").text
    assert staff.post("/backoffice/billing/taxes", rate).status_code == 422
    past = {**rate, "valid_from": "2020-01-01"}
    assert staff.post("/backoffice/billing/taxes", past).status_code == 422
    from franchise.billing.models import TaxRate

    made = TaxRate.objects.get(basis_points=750)
    staff.post(f"/backoffice/billing/taxes/{made.pk}/remove")
    begun = TaxRate.objects.get()
    assert staff.post(f"/backoffice/billing/taxes/{begun.pk}/remove").status_code == 409


def test_given_an_invoice_when_its_file_is_opened_then_a_pdf_in_either_language(
    staff, give, buy
) -> None:
    give(9_000)
    number = buy().invoice.number
    assert number in staff.get("/backoffice/invoices/").text
    for language in ("en", "ar"):
        answer = staff.get(f"/backoffice/invoices/{number}.pdf", {"language": language})
        assert answer["Content-Type"] == "application/pdf"
        assert number in left_to_right(answer.content)
    assert (
        "No invoice found" in staff.get("/backoffice/invoices/", {"kind": "notes", "q": "x"}).text
    )


def test_w21_given_subscriptions_when_revenue_is_shown_then_each_once_and_credit_apart(
    staff, give, buy, till, paid_by_card, later
) -> None:
    assert "No revenue yet" in staff.get("/backoffice/revenue/").text
    give(5_000 + 5_000)
    buy(plan="s")
    later(timedelta(days=32))
    renewing.renew_due()  # two orders of one subscription
    paid_by_card(plan="m", use_credit=False)
    now = revenue.now(currency="OMR")
    by_hand = sum(row.monthly_minor for row in Subscription.objects.all())
    assert (now.mrr.minor, now.credit.minor) == (by_hand, 4_762)
    last = revenue.months(currency="OMR")[-1]
    assert (last.mrr, last.credit, last.card) == (now.mrr, now.credit, now.card)
    page = staff.get("/backoffice/revenue/").text
    assert page.count("<rect") == 24 and f'id="mrr">{now.mrr}' in page
    assert len(staff.get("/backoffice/revenue/?format=csv").getvalue().splitlines()) == 13


def test_given_a_customer_when_billing_is_opened_then_all_of_it_is_theirs(
    customer, acme, give, buy
) -> None:
    give(10_000)
    order = buy()
    page = customer.get("/organizations/acme/billing/")
    for words in ("OMR 1.000", order.number, order.invoice.number, "Active"):
        assert words in page.text
    answer = customer.get(f"/organizations/acme/billing/invoices/{order.invoice.number}.pdf")
    assert order.invoice.number in left_to_right(answer.content)


def test_given_a_customer_when_a_subscription_is_ended_and_kept_then_it_says_so(
    customer, acme, give, buy
) -> None:
    give(9_000)
    buy()
    row = Subscription.objects.get()
    address = f"/organizations/acme/billing/subscriptions/{row.pk}/end"
    customer.post(address)
    row.refresh_from_db()
    assert row.ends_with_period and "Keep it" in customer.get("/organizations/acme/billing/").text
    customer.post(address, {"keep": "1"})
    row.refresh_from_db()
    assert not row.ends_with_period


def test_given_a_suspended_organization_when_it_pays_now_then_it_goes_on(
    customer, acme, give, buy, later
) -> None:
    give(9_000)
    buy()
    later(timedelta(days=32))
    for _ in range(4):
        renewing.renew_due()
        later(timedelta(days=8))
    row = Subscription.objects.get()
    pay = f"/organizations/acme/billing/subscriptions/{row.pk}/pay"
    customer.post(pay)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("suspended", 4)  # asking is no failed try of ours
    give(9_000)
    customer.post(pay)
    acme.refresh_from_db()
    row.refresh_from_db()
    assert row.state == acme.state == "active"


def test_w14_given_another_organizations_numbers_when_asked_then_404_as_if_there_were_none(
    customer, acme, give, buy, till
) -> None:
    """Fault 14 of §9.1: any signed-in user read any invoice."""
    other = User.objects.create(subject="o@example.com", email="o@example.com")
    theirs = organizations.create(name="Other", owner_email=other.email, user=other)
    give(9_000)
    order, waiting = buy(), buy()
    stranger = Client()
    stranger.force_login(other)
    number, row = Invoice.objects.get().number, Subscription.objects.get()
    for slug in ("acme", theirs.slug):
        mine = f"/organizations/{slug}/billing"
        assert stranger.get(f"{mine}/invoices/{number}.pdf").status_code == 404
        assert stranger.post(f"{mine}/orders/{waiting.number}/cancel").status_code == 404
        for act in ("end", "pay"):
            assert stranger.post(f"{mine}/subscriptions/{row.pk}/{act}").status_code == 404
    assert stranger.get("/organizations/acme/billing/").status_code == 404
    row.refresh_from_db()
    waiting.refresh_from_db()
    assert not row.ends_with_period and waiting.state == orders.State.AWAITING_PAYMENT
    assert order.state == "paid"


def test_given_a_viewer_when_billing_is_opened_then_refused(acme, give, buy) -> None:
    from franchise.organizations.models import Membership

    viewer = User.objects.create(subject="v@example.com", email="v@example.com")
    Membership.objects.create(organization=acme, email=viewer.email, user=viewer, role="viewer")
    client = Client()
    client.force_login(viewer)
    assert client.get("/organizations/acme/billing/").status_code == 403
