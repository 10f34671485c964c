"""Months are paid for as they come, by credit first, then by the card that was kept.

Everything is derived from rows: a round that was killed is found again by the next one.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from catalyst.work import outbox
from franchise.billing import payments
from franchise.billing.orders import checkout
from franchise.billing.orders import services as orders
from franchise.billing.orders.models import Order
from franchise.billing.settings import services as settings
from franchise.billing.subscriptions import services as subscriptions
from franchise.billing.subscriptions.models import State, Subscription
from franchise.billing.taxes import services as taxes
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.states import Cause
from franchise.organizations.states import State as OrganizationState

CHARGE = "franchise.charge"


def renew_due(*, limit: int = 20) -> int:
    """One round; returns how many were looked at."""
    found = list(_due().order_by("period_end").values_list("pk", flat=True)[:limit])
    for subscription_id in found:
        renew(subscription_id=subscription_id)
    return len(found)


def _due() -> QuerySet[Subscription]:
    """Whose month is over, or whose next try has come. None while a payment is under way."""
    waiting = Order.objects.filter(state=orders.State.AWAITING_PAYMENT, subscription__isnull=False)
    over = Q(state=State.ACTIVE, period_end__lte=Now())
    again = Q(state__in=(State.PAST_DUE, State.SUSPENDED), retry_at__lte=Now())
    rows = Subscription.objects.filter(over | again)
    rows = rows.exclude(pk__in=waiting.values("subscription_id"))
    # Whom somebody else suspended gets nothing and pays nothing until that is lifted.
    held = Q()
    for cause in Cause.values:
        if cause != Cause.UNPAID:
            held |= Q(organization__suspended_because__has_key=cause)
    return rows.exclude(held).exclude(organization__state=OrganizationState.DELETING)


def renew(*, subscription_id: int) -> None:
    """Pay for one more month, if it is time for it."""
    known = Subscription.objects.get(pk=subscription_id)
    with transaction.atomic():
        organization = organizations.locked(organization_id=known.organization_id)
        row = subscriptions.lock(subscription_id)
        if not _due().filter(pk=row.pk).exists():
            return
        row.organization = organization
        if row.ends_with_period or organization.state == OrganizationState.DELETED:
            subscriptions.end(subscription=row, because="asked for")
            return
        _pay(row)


def charge(*, number: str) -> None:
    """The worker's part: charge the kept card for a renewal. Raises PaymentsAway: tried again."""
    order = Order.objects.select_related("organization").get(number=number)
    if order.state != orders.State.AWAITING_PAYMENT:
        return
    due = checkout.due(order)
    try:
        reference = payments.provider().charge(due=due, idempotency_key=f"charge-{number}")
    except (payments.PaymentFailed, payments.PaymentsNotConfigured) as problem:
        orders.payment_failed(
            order_id=order.pk, reference="", because=problem.detail or problem.title,
            event="charge",
        )  # fmt: skip
        return
    orders.paid(order_id=order.pk, reference=reference, amount=due.amount, event="charge")


def _pay(row: Subscription) -> None:
    """By credit if it reaches; else by the card, if there is one; else it is missed."""
    taxed = taxes.tax(
        amount=Money(row.snapshot["total_minor"], row.currency),
        country=settings.current().country, included=row.snapshot["tax_included"],
    )  # fmt: skip
    paid = orders.how_paid(organization_id=row.organization_id, total=taxed.total, use_credit=True)
    if paid.card and not _can_charge(row.organization_id):
        subscriptions.missed(subscription=row, because="credit", has_card=False)
        return
    order = orders.renew(subscription=row, taxed=taxed, paid=paid)
    if paid.card:
        outbox.put(topic=CHARGE, key=order.number)


def _can_charge(organization_id: int) -> bool:
    if not payments.is_configured():
        return False
    return payments.provider().can_charge(organization_id=organization_id)
