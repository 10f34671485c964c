"""Webhooks over real HTTP: from the local cloud's Stripe to a web process of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client

from franchise.billing.models import BillingSecret, Invoice, Order, Subscription, WebhookEvent
from franchise.billing.webhooks import services as webhooks
from tests.fault.catalyst.log_server import server
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.billing.stripe_shop import Shop
from tests.integration.internet.running import until

pytestmark = pytest.mark.django_db(transaction=True)
WEBHOOK = "/billing/webhook"


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Iterator[str]:
    """A Daphne of its own on the test's database."""
    with server() as started:
        yield started.site


def points_at(shop: Shop, url: str) -> None:
    """Stripe sends to this address from now on, and the first time at once."""
    for endpoint in shop.v1.webhook_endpoints.list().data:
        shop.v1.webhook_endpoints.update(endpoint.id, {"url": url})


def taken() -> set[str]:
    """Ids of the events whose effects are there."""
    return set(WebhookEvent.objects.filter(state="done").values_list("event_id", flat=True))


def test_proof_13_given_a_web_process_when_stripe_sends_all_five_times_reversed_then_paid_once(
    shop, buy, site
) -> None:
    points_at(shop, f"{site}{WEBHOOK}")
    shop.stage.webhooks(held=True)
    order = buy()
    intent = shop.pay(order)
    shop.v1.refunds.create({"payment_intent": intent, "amount": 4_000})
    statuses = shop.stage.post("webhooks/release", order="reversed", copies=5)["statuses"]
    assert len(statuses) >= 15 and set(statuses) == {200}
    order.refresh_from_db()
    assert (order.state, order.refunded_card_minor) == ("partly_refunded", 4_000)
    assert (Subscription.objects.count(), Invoice.objects.count()) == (1, 1)


def test_given_a_site_without_the_secret_when_told_then_503_and_taken_once_it_is_given(
    shop, buy, site
) -> None:
    points_at(shop, f"{site}{WEBHOOK}")
    kept = list(BillingSecret.objects.filter(name=BillingSecret.Name.WEBHOOK))
    BillingSecret.objects.filter(name=BillingSecret.Name.WEBHOOK).delete()
    shop.stage.webhooks(lost=False)
    order = buy()
    shop.pay(order)
    until(lambda: 503 in {one["status"] for one in shop.stage.webhooks()["attempts"]})
    assert not WebhookEvent.objects.exists()
    BillingSecret.objects.bulk_create(kept)
    # Stripe tries again by itself. All of them: one still under way when the tables are emptied
    # holds rows of them, and PostgreSQL ends the emptying as a deadlock.
    wanted = {event.id for event in shop.events()}
    until(lambda: wanted == taken())
    assert Order.objects.get(pk=order.pk).state == "paid"


def test_given_one_event_when_eight_deliveries_come_at_once_then_one_effect(shop, buy) -> None:
    order = buy()
    shop.pay(order)
    [event] = shop.events("checkout.session.completed")
    sent = shop.signed(event)
    answers = at_once(8, lambda _: webhooks.receive(**sent))
    assert Counter(map(str, answers)) == {"done": 8}
    assert (WebhookEvent.objects.count(), Invoice.objects.count()) == (1, 1)


def test_given_all_events_of_a_payment_when_they_come_at_once_then_one_invoice(shop, buy) -> None:
    order = buy()
    shop.pay(order)
    sent = [shop.signed(event) for event in shop.events()]
    assert len(sent) == 2
    answers = at_once(8, lambda number: webhooks.receive(**sent[number % 2]))
    assert Counter(map(str, answers)) == {"done": 8}
    assert (WebhookEvent.objects.count(), Invoice.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("GET", b"", 405),
        ("POST", b"{}", 400),
        ("POST", b"x" * (64 * 1024 + 1), 413),
        ("POST", "﷽".encode(), 400),
    ],
    ids=["read", "unsigned", "too long", "no JSON"],
)
def test_given_what_is_no_webhook_when_sent_then_a_plain_refusal(
    shop, client: Client, method: str, body: bytes, status: int
) -> None:
    answer = client.generic(
        method, WEBHOOK, body, "application/json", headers={"Stripe-Signature": "t=1,v1=00"}
    )
    assert answer.status_code == status
    assert not WebhookEvent.objects.exists()


def test_given_no_secret_when_sent_then_503_so_that_stripe_tries_again(goods, client) -> None:
    answer = client.post(WEBHOOK, b"{}", "application/json")
    assert (answer.status_code, answer.json()["error"]) == (503, "webhooks-not-configured")
