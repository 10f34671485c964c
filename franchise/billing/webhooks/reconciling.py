"""Orders whose payment page is done and whose webhook never came."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models.functions import Now

from catalyst.problem import Problem
from catalyst.work.leases import me, take
from franchise.billing import payments
from franchise.billing.orders.models import Order, State
from franchise.billing.webhooks.effects import apply, order_of
from franchise.billing.webhooks.services import look

log = structlog.get_logger(__name__)

EVERY_SECONDS = 180.0
# A page that was opened a moment ago: its customer is still typing.
YOUNGEST = timedelta(minutes=2)
MOST = 50


def is_due() -> bool:
    """Once every few minutes, by whichever worker comes first: the lease is left to run out."""
    return payments.is_configured() and bool(
        take("franchise:reconcile-payments", holder=me(), ttl=EVERY_SECONDS)
    )


def reconcile(*, limit: int = MOST) -> int:
    """Look at the pages of orders that wait; returns how many orders are not waiting any more."""
    waiting = Order.objects.filter(
        state=State.AWAITING_PAYMENT, created_at__lte=Now() - YOUNGEST
    ).exclude(checkout_reference="")
    return sum(_one(order) for order in waiting.order_by("id")[:limit])


def _one(order: Order) -> bool:
    """One order's trouble leaves the others alone."""
    try:
        seen = look(page=order.checkout_reference, payment="")
        if order_of(seen) != order.pk:
            return False
        with transaction.atomic():
            apply(order_id=order.pk, seen=seen, because="reconcile", event="reconcile")
    except Problem as problem:
        log.warning("an order was not reconciled", order=order.number, error=problem.type)
        return False
    order.refresh_from_db(fields=["state"])
    return order.state != State.AWAITING_PAYMENT
