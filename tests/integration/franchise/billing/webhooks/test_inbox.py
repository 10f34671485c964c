"""The inbox: once, in any order, with its effects or not at all (franchise.md §9.1 no. 20)."""

from __future__ import annotations

import json
import time

import pytest

from catalyst.models import AuditEvent
from catalyst.work.models import OutboxItem
from franchise.billing.models import (
    CardAccount,
    CreditNote,
    Invoice,
    Order,
    Subscription,
    WebhookEvent,
)
from franchise.billing.stripe.events import BadSignature
from franchise.billing.webhooks import services as webhooks
from franchise.ledger import services as ledger
from tests.contract.stripe.stage import Refused
from tests.integration.franchise.billing.conftest import credit_of
from tests.integration.franchise.billing.stripe_shop import rows

pytestmark = pytest.mark.django_db


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def test_given_a_paid_page_when_stripe_tells_then_paid_subscribed_invoiced_and_the_card_kept(
    shop, buy, acme
) -> None:
    order = buy()
    intent = shop.pay(order)
    assert state(order) == "awaiting_payment"
    assert shop.deliver(*shop.events("checkout.session.completed")) == ["done"]
    order.refresh_from_db()
    assert (order.state, order.payment_reference) == ("paid", intent)
    assert (Subscription.objects.count(), Invoice.objects.count()) == (1, 1)
    kept = CardAccount.objects.get(organization=acme)
    assert (kept.brand, kept.last4) == ("visa", "4242") and kept.payment_method
    assert ledger.check() == []


@pytest.mark.parametrize("order_of_arrival", ["as made", "reversed"])
def test_proof_13_given_every_event_five_times_when_delivered_then_one_order_one_of_each(
    shop, buy, order_of_arrival
) -> None:
    order = buy()
    intent = shop.pay(order)
    shop.v1.refunds.create({"payment_intent": intent, "amount": 4_000})
    found = shop.events()
    assert {event.type for event in found} >= {
        "checkout.session.completed", "payment_intent.succeeded", "charge.refunded",
    }  # fmt: skip
    if order_of_arrival == "reversed":
        found.reverse()
    for event in found:
        assert set(shop.deliver(*[event] * 5)) == {"done"}
    order.refresh_from_db()
    assert (order.state, order.refunded_card_minor) == ("partly_refunded", 4_000)
    assert (Order.objects.count(), Subscription.objects.count()) == (1, 1)
    assert (Invoice.objects.count(), CreditNote.objects.count()) == (1, 1)
    assert WebhookEvent.objects.count() == len(found)
    assert ledger.check() == []


def test_given_a_decline_when_told_then_the_order_waits_and_another_card_pays_it(shop, buy) -> None:
    order = buy()
    with pytest.raises(Refused):
        shop.pay(order, number="4000000000009995")
    assert shop.deliver(*shop.events("payment_intent.payment_failed") * 2) == ["done", "done"]
    assert state(order) == "awaiting_payment"
    told = order.events.get(kind="payment-failed")
    assert told.facts["because"] == "insufficient_funds"
    shop.pay(order)
    # The failure comes once more, late: the present state of the payment is "paid".
    shop.deliver(*shop.events("payment_intent.succeeded", "payment_intent.payment_failed"))
    assert state(order) == "paid"


def test_given_a_page_nobody_paid_when_it_expires_then_cancelled_and_the_credit_is_free(
    shop, buy, acme, give
) -> None:
    give(3_210)
    order = buy()
    assert credit_of(acme) == 0
    page = shop.open_page(order).checkout_reference
    shop.stage.post(f"sessions/{page}/expire")
    assert shop.deliver(*shop.events("checkout.session.expired")) == ["done"]
    assert (state(order), credit_of(acme)) == ("cancelled", 3_210)


def test_proof_14_given_a_chargeback_when_told_then_suspended_and_when_won_then_let_go_on(
    shop, buy, acme
) -> None:
    order = buy()
    intent = shop.pay(order)
    charge = shop.v1.payment_intents.retrieve(intent).latest_charge
    dispute = shop.stage.post(f"charges/{charge}/dispute")["id"]
    # Reversed: of the chargeback we hear before we hear of the payment.
    shop.deliver(*shop.events()[::-1])
    acme.refresh_from_db()
    assert (state(order), acme.state) == ("disputed", "suspended")
    shop.stage.post(f"disputes/{dispute}/close", won=True)
    shop.deliver(*shop.events("charge.dispute.closed"))
    acme.refresh_from_db()
    assert (state(order), acme.state) == ("paid", "active")
    assert ledger.check() == []


def test_given_an_event_nobody_wants_when_delivered_then_kept_and_ignored(shop) -> None:
    shop.v1.customers.create({"name": "Acme"})
    assert shop.deliver(*shop.events("customer.created")) == ["ignored"]
    assert rows() == {"customer.created": "ignored"}


def test_given_another_sovereigns_payment_when_told_then_ignored(shop, buy) -> None:
    order = buy()
    shop.v1.payment_intents.create(
        {
            "amount": order.card_minor,
            "currency": "omr",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "metadata": {"sovereign": "other.example", "order_id": str(order.pk)},
        }
    )
    assert shop.deliver(*shop.events("payment_intent.succeeded")) == ["ignored"]
    assert state(order) == "awaiting_payment"


def test_w20_given_an_amount_that_is_wrong_when_told_then_no_effect_and_it_stays_pending(
    shop, buy
) -> None:
    order = buy()
    shop.v1.payment_intents.create(
        {
            "amount": order.card_minor - 10,
            "currency": "omr",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "metadata": {"order_id": str(order.pk)},
        }
    )
    assert shop.deliver(*shop.events("payment_intent.succeeded")) == ["pending"]
    assert state(order) == "awaiting_payment" and not Invoice.objects.exists()
    assert OutboxItem.objects.filter(topic=webhooks.TOPIC, done_at__isnull=True).count() == 1


def test_given_stripe_is_away_when_told_then_pending_and_done_when_it_is_back(shop, buy) -> None:
    order = buy()
    shop.pay(order)
    [event] = shop.events("checkout.session.completed")
    shop.stage.fault("status", path="/v1/checkout/sessions", times=3, status=503)
    assert shop.deliver(event) == ["pending"]
    assert state(order) == "awaiting_payment"
    webhooks.again(event_id=event.id)
    assert (state(order), rows()[event.type]) == ("paid", "done")
    webhooks.again(event_id=event.id)
    assert Invoice.objects.count() == 1


def test_given_an_order_that_is_not_there_when_tried_too_often_then_given_up_and_audited(
    shop,
) -> None:
    shop.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "omr",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "metadata": {"order_id": "99999999"},
        }
    )
    [event] = shop.events("payment_intent.succeeded")
    assert shop.deliver(event) == ["pending"]
    WebhookEvent.objects.update(attempts=webhooks.MOST_ATTEMPTS - 2)
    for _ in range(2):
        with pytest.raises(webhooks.NotYet):
            webhooks.again(event_id=event.id)
    row = WebhookEvent.objects.get()
    assert (row.state, row.error) == ("given_up", "not-found")
    assert AuditEvent.objects.filter(act="franchise.webhook-given-up").count() == 1


@pytest.mark.parametrize("fault", ["other secret", "changed", "old", "none", "no event", "bytes"])
def test_given_what_stripe_did_not_sign_when_delivered_then_refused_and_nothing_kept(
    shop, fault
) -> None:
    event = {"id": "evt_1", "object": "event", "type": "x", "created": 1, "data": {"object": {}}}
    sent = shop.signed(event, at=int(time.time()) - 301 if fault == "old" else None)
    match fault:
        case "other secret":
            shop.secret = "whsec_other"
            sent = shop.signed(event)
        case "changed":
            sent["body"] = sent["body"].replace(b"evt_1", b"evt_2")
        case "none":
            sent["signature"] = ""
        case "no event":
            sent = shop.signed({"hello": "world"})
        case "bytes":
            sent["body"] = b"\xff\xfe\x00"
    with pytest.raises(BadSignature):
        webhooks.receive(**sent)
    assert not WebhookEvent.objects.exists()


def test_given_a_payment_when_kept_in_the_inbox_then_without_its_secrets(shop, buy) -> None:
    order = buy()
    intent = shop.v1.payment_intents.retrieve(shop.pay(order))
    found = shop.events()
    shop.deliver(*found)
    assert intent.client_secret
    assert any(intent.client_secret in json.dumps(event.to_dict()) for event in found)
    kept = json.dumps(list(WebhookEvent.objects.values()), default=str)
    assert intent.client_secret not in kept and "4242" not in kept
    assert order.email not in kept and order.number in kept
