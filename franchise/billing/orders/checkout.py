"""The payment page of an order: opened outside of transactions, the same one however often asked,
and closed when the order ends without it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from franchise.billing import payments
from franchise.billing.orders import services as orders
from franchise.billing.orders.machine import WrongState
from franchise.billing.orders.models import Order, Purpose, State
from franchise.billing.payments import Due
from franchise.money import Money

ASK_AGAIN = timedelta(minutes=10)


def due(order: Order) -> Due:
    """What its card pays, and what every object of the provider is to say about it."""
    return Due(
        order_id=order.pk, order=order.number, organization_id=order.organization_id,
        organization=order.organization.slug, amount=order.money("card"),
        words=f"{order.number} · {order.organization.name}", email=order.email,
        sovereign=settings.CATALYST.sovereign_fqdn, campaign=order.campaign,
    )  # fmt: skip


def checkout(*, order_id: int, success_url: str, cancel_url: str) -> Order:
    """Open the page (`checkout_url`) of an order that awaits payment.

    Raises NotFound, WrongState, PaymentsNotConfigured, PaymentsAway: the order waits, ask again.
    """
    order = Order.objects.select_related("organization").filter(pk=order_id).first()
    if order is None or order.state != State.AWAITING_PAYMENT or order.purpose != Purpose.PURCHASE:
        raise WrongState(_("This order awaits no payment."), state=order.state if order else "")
    if order.checkout_url:
        return order
    page = payments.provider().begin(
        due=due(order), success_url=success_url, cancel_url=cancel_url,
        open_for=payments.PAGE_OPEN, keep_card=True,
    )  # fmt: skip
    with transaction.atomic():
        order = orders.lock(order_id)
        order.checkout_url, order.checkout_reference = page.url, page.reference
        order.save(update_fields=["checkout_url", "checkout_reference"])
        if order.state == State.CANCELLED:
            orders.close_page(order)
    return order


def close_page(*, number: str) -> None:
    """The worker's part: what nobody can pay any more is cancelled. A page that was paid meanwhile
    tells so itself, by an event."""
    order = Order.objects.get(number=number)
    try:
        payments.provider().cancel(reference=order.checkout_reference)
    except payments.PaymentUnknown:
        return
    orders.payment_expired(
        order_id=order.pk, reference=order.checkout_reference, event="page-closed"
    )


def send_back(*, reference: str, minor: int, currency: str) -> None:
    """The worker's part of money that came for an order that had ended."""
    payments.provider().refund(
        reference=reference, amount=Money(minor, currency), idempotency_key=f"back-{reference}"
    )


def expire_overdue(*, limit: int = 50) -> int:
    """Orders whose time to pay is over: the page is closed first, then the order ends."""
    late = Order.objects.filter(state=State.AWAITING_PAYMENT, expires_at__lte=Now())
    found = list(late.order_by("expires_at")[:limit])
    for order in found:
        if not order.checkout_reference:
            orders.payment_expired(order_id=order.pk, reference="", event="overdue")
            continue
        with transaction.atomic():
            if late.filter(pk=order.pk).update(expires_at=Now() + ASK_AGAIN):
                orders.close_page(order)
    return len(found)
