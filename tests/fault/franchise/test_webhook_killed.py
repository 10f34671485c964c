"""SIGKILL after every statement of the inbox (franchise.md §10 no. 13)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from franchise.billing.models import CreditNote, Invoice, Order, Subscription, WebhookEvent
from franchise.ledger import services as ledger
from tests.contract.stripe.stage import Stage
from tests.fault.franchise.webhooks_killed import Killer, killer
from tests.integration.franchise.billing.conftest import acme, buy, goods, owner
from tests.integration.franchise.billing.stripe_shop import Shop, open_shop

__all__ = ["acme", "buy", "goods", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(goods) -> Iterator[Shop]:
    stage = Stage()
    yield open_shop(stage)
    stage.close()


def until_taken(kill: Killer, shop: Shop, event: stripe.Event, step: int) -> int:
    """Killed after its first statement, its second, …, and sent again, until it lives."""
    for at in range(1, 500, step):
        if taken := kill.deliver(**shop.signed(event), at=at):
            return taken
        after_a_kill(event)
    raise AssertionError("the inbox never ends")


def after_a_kill(event: stripe.Event) -> None:
    """Neither the row nor anything that would follow from it."""
    assert not WebhookEvent.objects.filter(event_id=event.id).exists()
    assert Invoice.objects.count() == Subscription.objects.count() == paid_orders()


def paid_orders() -> int:
    return Order.objects.exclude(paid_at=None).count()


# What is done is the same either way; one of them is killed at every fifth statement only.
@pytest.mark.parametrize(("order_of_arrival", "step"), [("as made", 5), ("reversed", 1)])
def test_proof_13_w20_given_kills_after_every_statement_when_sent_again_then_one_of_each(
    shop, buy, order_of_arrival, step
) -> None:
    order = buy()
    intent = shop.pay(order)
    shop.v1.refunds.create({"payment_intent": intent, "amount": 4_000})
    found = shop.events("payment_intent.succeeded", "checkout.session.completed", "charge.refunded")
    assert len(found) == 3
    if order_of_arrival == "reversed":
        found.reverse()
    with killer() as kill:
        took = [until_taken(kill, shop, event, step) for event in found]
        assert took[0] > 30  # the first one does all the work, whichever it is
        for event in found * 4:
            assert kill.deliver(**shop.signed(event))
    order.refresh_from_db()
    assert (order.state, order.refunded_card_minor) == ("partly_refunded", 4_000)
    assert (paid_orders(), Subscription.objects.count(), Invoice.objects.count()) == (1, 1, 1)
    assert CreditNote.objects.count() == 1
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"done"}
    assert ledger.check() == []


def test_proof_13_given_a_kill_after_the_commit_when_sent_again_then_known(shop, buy) -> None:
    order = buy()
    shop.pay(order)
    [event] = shop.events("checkout.session.completed")
    with killer() as kill:
        assert kill.deliver(**shop.signed(event), unheard=True) == 0
        assert WebhookEvent.objects.get().state == "done"
        assert kill.deliver(**shop.signed(event)) < 10
    assert Invoice.objects.count() == 1
