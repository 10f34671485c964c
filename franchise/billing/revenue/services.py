"""Movements of recurring revenue: each change once, inside the transaction that makes it."""

from __future__ import annotations

from datetime import datetime

from franchise.billing.revenue.models import Movement
from franchise.billing.subscriptions.models import Subscription

Kind = Movement.Kind


def began(*, subscription: Subscription, at: datetime) -> None:
    _move(subscription, Kind.NEW, subscription.monthly_minor, at)


def churned(*, subscription: Subscription, at: datetime) -> None:
    _move(subscription, Kind.CHURNED, -subscription.monthly_minor, at)


def returned(*, subscription: Subscription, at: datetime) -> None:
    _move(subscription, Kind.RETURNED, subscription.monthly_minor, at)


def paid_another_way(*, subscription: Subscription, before: str, at: datetime) -> None:
    """From credit to card or back: what it counts stays, where it is shown changes."""
    if before == subscription.paid_by:
        return
    _move(subscription, Kind.SHIFTED, -subscription.monthly_minor, at, paid_by=before)
    _move(subscription, Kind.SHIFTED, subscription.monthly_minor, at)


def _move(
    subscription: Subscription, kind: Kind, amount: int, at: datetime, *, paid_by: str = ""
) -> None:
    Movement.objects.create(
        subscription=subscription, kind=kind, paid_by=paid_by or subscription.paid_by,
        currency=subscription.currency, amount_minor=amount, at=at,
    )  # fmt: skip
