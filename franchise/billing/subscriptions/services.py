"""Subscriptions begin, go on, are missed, end. Every call joins the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Conflict, NotFound
from catalyst.work.clock import database_now
from franchise.billing.orders.models import Order
from franchise.billing.revenue import services as revenue
from franchise.billing.settings import services as settings
from franchise.billing.subscriptions import telling
from franchise.billing.subscriptions.models import State, Subscription
from franchise.billing.subscriptions.months import next_month
from franchise.organizations.quotas import services as quotas
from franchise.organizations.quotas.limits import CEILING_DISK_GB, Limits

SYSTEM = "billing"
# A suspended one is tried again every day: credit may have come.
LOOK_AGAIN = timedelta(days=1)


def start(*, order: Order) -> Subscription:
    """What was bought goes on from now."""
    now = database_now()
    made = Subscription.objects.create(
        organization=order.organization, plan=order.quote["plan"], plan_name=_name(order),
        plan_version=order.quote["lines"][0]["version"], currency=order.currency,
        monthly_minor=order.net_minor, snapshot=_bought(order), email=order.email,
        paid_by=paid_by(order), anchor_day=now.day, period_start=now,
        period_end=next_month(now, anchor_day=now.day),
    )  # fmt: skip
    revenue.began(subscription=made, at=now)
    _give_plan(made)
    return made


def go_on(*, order: Order) -> None:
    """One more month was paid for.

    It follows the last one, unless that ended a whole month ago or nothing was given since: then
    it begins now.
    """
    assert order.subscription_id is not None, "a renewal is of a subscription"
    row = lock(order.subscription_id)
    now = database_now()
    was, starts = row.state, row.period_end
    if was == State.CANCELLED:
        return
    following = next_month(starts, anchor_day=row.anchor_day)
    if was == State.SUSPENDED or following <= now:
        row.anchor_day, starts = now.day, now
        following = next_month(now, anchor_day=now.day)
    row.period_start, row.period_end = starts, following
    row.state, row.attempts, row.retry_at = State.ACTIVE, 0, None
    before, row.paid_by = row.paid_by, paid_by(order)
    row.save()
    if was == State.SUSPENDED:
        revenue.returned(subscription=row, at=now)
    else:
        revenue.paid_another_way(subscription=row, before=before, at=now)
    if was in (State.SUSPENDED, State.PAST_DUE):
        telling.paid_again(row)


def missed(*, subscription: Subscription, because: str, has_card: bool = True) -> None:
    """A month could not be paid for: try again on the days of the settings, then suspend."""
    row, now = subscription, database_now()
    if row.state == State.CANCELLED:
        return
    row.attempts += 1
    days = settings.current().retry_days
    if row.attempts <= len(days):
        row.state = State.PAST_DUE
        at = row.period_end + timedelta(days=days[row.attempts - 1])
        row.retry_at = max(at, now + timedelta(hours=1))
    else:
        _suspend(row, now)
    row.save()
    record(
        actor=SYSTEM, act="franchise.subscription-missed", object=row.subject,
        after={"state": row.state, "attempts": row.attempts, "because": because},
    )  # fmt: skip
    telling.missed(row, because=because, has_card=has_card)


def _suspend(row: Subscription, now: datetime) -> None:
    was, row.state = row.state, State.SUSPENDED
    row.retry_at = now + LOOK_AGAIN
    if was != State.SUSPENDED:
        revenue.churned(subscription=row, at=now)
        telling.suspended(row)


def end_with_period(
    *, subscription_id: int, organization_id: int, ends: bool, actor: str,
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """Let it end when what is paid for is used up, or take that back. Raises NotFound, Conflict."""
    with transaction.atomic():
        rows = Subscription.objects.select_for_update().filter(organization_id=organization_id)
        row = rows.filter(pk=subscription_id).first()
        if row is None:
            raise NotFound(_("There is no such subscription."))
        if row.state == State.CANCELLED:
            raise Conflict(_("This subscription has ended."))
        if row.ends_with_period == ends:
            return
        row.ends_with_period = ends
        row.save(update_fields=["ends_with_period"])
        record(
            actor=actor, act="franchise.subscription-end", object=row.subject,
            after={"ends_with_period": ends, "period_end": row.period_end.isoformat()},
            request=request,
        )  # fmt: skip


def end(*, subscription: Subscription, because: str, with_organization: bool = False) -> None:
    """A locked one ends now. `with_organization`: that is gone, and is not told any more."""
    row, now = subscription, database_now()
    if row.state == State.CANCELLED:
        return
    was, row.state = row.state, State.CANCELLED
    row.ended_at, row.retry_at = now, None
    row.save()
    if was != State.SUSPENDED:
        revenue.churned(subscription=row, at=now)
    if not with_organization:
        telling.paid_again(row)
        _give_plan(row)
    record(
        actor=SYSTEM, act="franchise.subscription-ended", object=row.subject,
        after={"because": because},
    )  # fmt: skip


def _give_plan(row: Subscription) -> None:
    """The Organization has the Plan of its newest subscription that goes on."""
    mine = Subscription.objects.filter(organization_id=row.organization_id)
    newest = mine.exclude(state=State.CANCELLED).order_by("-id").first()
    quotas.set_plan(
        organization_id=row.organization_id, plan=newest.plan if newest else "",
        limits=_limits(newest.snapshot) if newest else None, actor=SYSTEM,
    )  # fmt: skip


def _limits(bought: dict[str, Any]) -> Limits:
    """What was bought gives; a metered Plan's disk is as much as is needed, up to the ceiling."""
    given = bought["capacity"]["given"]
    return Limits(
        max(1, given["cpu_milli"] // 1000), given["memory_mb"],
        given["disk_gb"] or CEILING_DISK_GB, metered=bought["units"] is not None,
    )  # fmt: skip


def lock(subscription_id: int) -> Subscription:
    """The row, until the caller's transaction ends."""
    return Subscription.objects.select_for_update().get(pk=subscription_id)


def paid_by(order: Order) -> str:
    """`credit` when credit paid for all of it."""
    return "card" if order.card_minor else "credit"


def of_organization(*, organization_id: int) -> list[Subscription]:
    """The newest first, those that ended last."""
    rows = Subscription.objects.filter(organization_id=organization_id)
    return sorted(rows.order_by("-id"), key=lambda row: row.state == State.CANCELLED)


def _name(order: Order) -> str:
    return str(order.quote["lines"][0]["name"])


def _bought(order: Order) -> dict[str, Any]:
    """What every month costs: the price as bought, tax in it or on top as it was then."""
    return {name: value for name, value in order.quote.items() if name != "tax"} | {
        "tax_included": order.quote["tax"]["included"]
    }
