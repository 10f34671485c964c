"""Billing's door to Stripe: the rest after credit, once, with our names on everything."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from catalyst.vault.secret import Secret
from franchise.billing import payments
from franchise.billing.cards import services as cards
from franchise.billing.models import BillingSecret, CardAccount
from franchise.billing.orders.checkout import due
from franchise.billing.settings import services as billing
from franchise.billing.stripe.amounts import Unchargeable
from franchise.billing.stripe.calls import KeyRefused
from franchise.money import Money
from tests.integration.franchise.billing.stripe_shop import PAGES, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(shop) -> cards.CardPayments:
    found = payments.provider()
    assert isinstance(found, cards.CardPayments)
    return found


def begin(door: cards.CardPayments, what: payments.Due) -> payments.Checkout:
    return door.begin(due=what, open_for=timedelta(hours=1), keep_card=True, **PAGES)


def paid(shop: Shop, buy) -> tuple[payments.Due, str]:
    """An order that was paid on the page, and its payment; the card is kept."""
    order = buy()
    intent = shop.pay(order)
    shop.deliver(*shop.events("checkout.session.completed"))
    return due(order), intent


def test_w03_proof_12_given_a_part_of_credit_when_begun_then_stripe_is_asked_for_the_rest_only(
    shop, door, buy, give
) -> None:
    give(3_215)
    order = buy()  # 9.000 − 3.215 = 5.785, rounded down in the customer's favour
    page = begin(door, due(order))
    made = shop.v1.checkout.sessions.retrieve(page.reference, {"expand": ["line_items"]})
    assert (made.amount_total, made.currency) == (5_780, "omr")
    assert made.line_items is not None and len(made.line_items.data) == 1


def test_given_a_payment_when_looked_at_then_our_names_are_on_session_intent_and_charge(
    shop, buy, acme, give
) -> None:
    give(3_210, campaign="launch")
    order = buy()
    intent = shop.v1.payment_intents.retrieve(shop.pay(order), {"expand": ["latest_charge"]})
    order.refresh_from_db()
    session = shop.v1.checkout.sessions.retrieve(order.checkout_reference)
    wanted = {key: text for key, text in due(order).metadata.items() if text}
    assert {"organization", "order", "order_id"} <= set(wanted)
    for each in (session, intent, intent.latest_charge):
        assert each.to_dict()["metadata"] == wanted


def test_given_an_order_when_begun_twice_then_one_page(shop, door, buy) -> None:
    what = due(buy())
    first, second = begin(door, what), begin(door, what)
    assert first == second
    assert len(shop.v1.checkout.sessions.list().data) == 1
    assert len(shop.v1.customers.list().data) == CardAccount.objects.count() == 1


def test_given_an_answer_that_is_lost_when_the_library_asks_again_then_one_page(
    shop, door, buy
) -> None:
    what = due(buy())
    shop.stage.fault("lost_answer", method="POST", path="/v1/checkout/sessions")
    begin(door, what)
    assert len(shop.v1.checkout.sessions.list().data) == 1


def test_given_a_page_that_was_closed_when_begun_again_then_no_second_way_to_pay(
    shop, door, buy
) -> None:
    what = due(buy())
    page = begin(door, what)
    door.cancel(reference=page.reference)
    door.cancel(reference=page.reference)  # twice is fine
    with pytest.raises(payments.PaymentUnknown):
        begin(door, what)


def test_given_a_page_that_was_paid_when_closed_then_said_so(shop, door, buy) -> None:
    order = buy()
    shop.pay(order)
    order.refresh_from_db()
    with pytest.raises(payments.PaymentUnknown):
        door.cancel(reference=order.checkout_reference)


def test_given_a_kept_card_when_a_month_is_charged_twice_under_one_key_then_once(
    shop, door, buy, acme
) -> None:
    what, _ = paid(shop, buy)
    assert door.can_charge(organization_id=acme.pk)
    month = replace(what, order="O-MONTH", amount=Money(9_000, "OMR"))
    first = door.charge(due=month, idempotency_key="charge-O-MONTH")
    assert door.charge(due=month, idempotency_key="charge-O-MONTH") == first
    charged = shop.v1.payment_intents.retrieve(first)
    assert (charged.status, charged.amount_received) == ("succeeded", 9_000)
    assert charged.to_dict()["metadata"]["order"] == "O-MONTH"
    assert len(shop.v1.payment_intents.list().data) == 2


def test_given_a_charge_nobody_heard_of_when_the_card_is_another_now_then_not_charged_again(
    shop, door, buy, acme
) -> None:
    what, _ = paid(shop, buy)
    month = replace(what, order="O-MONTH")
    first = door.charge(due=month, idempotency_key="charge-O-MONTH")
    customer = CardAccount.objects.get(organization=acme).customer
    other = shop.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer})
    CardAccount.objects.update(payment_method=other.id)
    assert door.charge(due=month, idempotency_key="charge-O-MONTH") == first


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_given_a_card_that_says_no_when_charged_then_payment_failed_with_its_reason(
    shop, door, buy, acme, token, code
) -> None:
    what, _ = paid(shop, buy)
    account = CardAccount.objects.get(organization=acme)
    method = shop.v1.payment_methods.attach(token, {"customer": account.customer})
    CardAccount.objects.update(payment_method=method.id)
    with pytest.raises(payments.PaymentFailed) as caught:
        door.charge(due=replace(what, order="O-M"), idempotency_key="charge-O-M")
    assert caught.value.extra["code"] == code


def test_given_no_kept_card_when_charged_then_payment_failed_and_stripe_is_not_asked(
    shop, door, buy, acme
) -> None:
    what = due(buy())
    assert not door.can_charge(organization_id=acme.pk)
    with pytest.raises(payments.PaymentFailed):
        door.charge(due=what, idempotency_key="x")
    assert shop.v1.payment_intents.list().data == []


def test_given_a_payment_when_a_part_is_given_back_twice_under_one_key_then_once(
    shop, door, buy
) -> None:
    _, intent = paid(shop, buy)
    part = Money(4_000, "OMR")
    first = door.refund(reference=intent, amount=part, idempotency_key="refund-1")
    assert door.refund(reference=intent, amount=part, idempotency_key="refund-1") == first
    [charge] = shop.v1.charges.list({"payment_intent": intent}).data
    assert charge.amount_refunded == 4_000
    with pytest.raises(payments.PaymentUnknown):
        door.refund(reference=intent, amount=Money(9_000, "OMR"), idempotency_key="refund-2")


def test_proof_12_given_an_amount_nobody_rounded_when_asked_then_refused_before_stripe_is(
    shop, door, buy
) -> None:
    what = replace(due(buy()), amount=Money(6_285, "OMR"))
    with pytest.raises(Unchargeable):
        begin(door, what)
    assert shop.v1.checkout.sessions.list().data == []
    begin(door, replace(what, amount=Money(6_280, "OMR")))


def test_given_a_customer_who_was_deleted_at_stripe_when_begun_then_a_new_one(
    shop, door, buy, acme
) -> None:
    what = due(buy())
    account = CardAccount.objects.create(
        organization=acme, customer="cus_of_another_account", payment_method="pm_old"
    )
    begin(door, what)
    account.refresh_from_db()
    assert account.customer != "cus_of_another_account" and account.payment_method == ""


def test_given_a_key_stripe_does_not_take_when_asked_then_typed_and_never_shown(
    shop, buy, caplog
) -> None:
    wrong = "sk_test_" + "w" * 30
    billing.change(
        actor="test", changes={}, secrets={BillingSecret.Name.API_KEY.value: Secret(wrong)}
    )
    caplog.set_level(logging.DEBUG)
    with pytest.raises(KeyRefused) as caught:
        begin(payments.provider(), due(buy()))
    assert wrong not in caplog.text and wrong not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_given_stripe_is_away_when_begun_then_payments_away_without_the_request(
    shop, door, buy, settings
) -> None:
    what = due(buy())
    settings.CATALYST = settings.CATALYST.model_copy(update={"stripe_url": "https://127.0.0.1:9"})
    with pytest.raises(payments.PaymentsAway) as caught:
        begin(payments.provider(), what)
    assert caught.value.status == 502 and caught.value.__cause__ is None


def test_given_no_key_when_asked_then_not_configured(goods) -> None:
    assert not payments.is_configured()
    with pytest.raises(payments.PaymentsNotConfigured):
        payments.provider()
