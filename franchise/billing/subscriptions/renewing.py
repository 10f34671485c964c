"""Months are paid for as they come, by credit first, then by the card that was kept.

Everything is derived from rows: a round that was killed is found again by the next one.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from catalyst.work import outbox
from franchise.billing import payments
from franchise.billing.orders import checkout
from franchise.billing.orders import services as orders
from franchise.billing.orders.models import Order
from franchise.billing.subscriptions import services as subscriptions
from franchise.billing.subscriptions.dues import due
from franchise.billing.subscriptions.models import State, Subscription
from franchise.organizations import services as organizations
from franchise.organizations.states import Cause
from franchise.organizations.states import State as OrganizationState

CHARGE = "franchise.charge"
SYSTEM = orders.SYSTEM


def renew_due(*, limit: int = 20) -> int:
    """One round; returns how many were looked at."""
    found = list(_due().order_by("period_end").values_list("pk", flat=True)[:limit])
    for subscription_id in found:
        renew(subscription_id=subscription_id)
    return len(found)


def _due() -> QuerySet[Subscription]:
    """Whose month is over, or whose next try has come."""
    over = Q(state=State.ACTIVE, period_end__lte=Now())
    again = Q(state__in=(State.PAST_DUE, State.SUSPENDED), retry_at__lte=Now())
    return _payable(Subscription.objects.filter(over | again))


def _payable(rows: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """None while a payment is under way; and whom somebody else suspended gets nothing and pays
    nothing until that is lifted."""
    waiting = Order.objects.filter(state=orders.State.AWAITING_PAYMENT, subscription__isnull=False)
    held = Q(organization__state=OrganizationState.DELETING)
    for cause in Cause.values:
        if cause != Cause.UNPAID:
            held |= Q(organization__suspended_because__has_key=cause)
    return rows.exclude(pk__in=waiting.values("subscription_id")).exclude(held)


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
        if not _pay(row, SYSTEM):
            subscriptions.missed(subscription=row, because="credit", has_card=False)


def pay_now(*, subscription_id: int, organization_id: int, actor: str) -> bool:
    """Somebody asks for a try before its day, which counts as none of ours if it fails.

    False: nothing is due, or nothing there is to pay with. Raises NotFound.
    """
    with transaction.atomic():
        organization = organizations.locked(organization_id=organization_id)
        mine = Subscription.objects.filter(pk=subscription_id, organization=organization)
        if not mine.exists():
            raise NotFound(_("There is no such subscription."))
        missed = mine.filter(state__in=(State.PAST_DUE, State.SUSPENDED))
        if not _payable(missed).exists():
            return False
        row = subscriptions.lock(subscription_id)
        row.organization = organization
        return _pay(row, actor)


def charge(*, number: str) -> None:
    """The worker's part: charge the kept card for a renewal. Raises PaymentsAway: tried again."""
    order = Order.objects.select_related("organization").get(number=number)
    if order.state != orders.State.AWAITING_PAYMENT:
        return
    asked = checkout.due(order)
    try:
        reference = payments.provider().charge(due=asked, idempotency_key=f"charge-{number}")
    except (payments.PaymentFailed, payments.PaymentsNotConfigured) as problem:
        orders.payment_failed(
            order_id=order.pk, reference="", because=problem.detail or problem.title,
            event="charge",
        )  # fmt: skip
        return
    orders.paid(order_id=order.pk, reference=reference, amount=asked.amount, event="charge")


def _pay(row: Subscription, actor: str) -> bool:
    """By credit if it reaches; else by the card, if there is one; else False."""
    taxed = due(row)
    paid = orders.how_paid(organization_id=row.organization_id, total=taxed.total, use_credit=True)
    if paid.card and not _can_charge(row.organization_id):
        return False
    order = orders.renew(subscription=row, taxed=taxed, paid=paid, actor=actor)
    if paid.card:
        outbox.put(topic=CHARGE, key=order.number)
    return True


def _can_charge(organization_id: int) -> bool:
    if not payments.is_configured():
        return False
    return payments.provider().can_charge(organization_id=organization_id)
