"""Recurring revenue month by month, from movements alone: nothing is joined, nothing counts twice.

Before tax, per month, one currency at a time. `credit`: what is paid by credit alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from catalyst.work.clock import database_now
from franchise.billing.revenue.models import Movement
from franchise.billing.subscriptions.models import State, Subscription
from franchise.money import Money

Kind = Movement.Kind
MONTHS = 12
COUNTS = (State.ACTIVE, State.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Month:
    """`new` has what came back, too. `mrr` at its end is that of the month before and `net`."""

    start: datetime
    mrr: Money
    credit: Money
    new: Money
    churned: Money

    @property
    def net(self) -> Money:
        return self.new - self.churned

    @property
    def card(self) -> Money:
        return self.mrr - self.credit


@dataclass(frozen=True, slots=True)
class Now:
    """What is true at this moment."""

    mrr: Money
    credit: Money
    subscriptions: int
    customers: int
    past_due: int

    @property
    def card(self) -> Money:
        return self.mrr - self.credit


def months(*, currency: str, count: int = MONTHS) -> list[Month]:
    """The latest `count`, the oldest first; the last one is not over."""
    starts = list(_starts(database_now(), count))
    rows = (
        Movement.objects.filter(currency=currency)
        .annotate(month=TruncMonth("at"))
        .values("month", "kind", "paid_by")
        .annotate(total=Sum("amount_minor"))
        .order_by("month")
    )
    return list(summed(starts, [dict(row) for row in rows], currency))


def summed(
    starts: list[datetime], rows: Iterable[dict[str, Any]], currency: str
) -> Iterator[Month]:
    """Pure. `rows`: month, kind, paid_by, total; those before the first month are its ground."""
    known = list(rows)
    for start in starts:
        until = [row for row in known if row["month"] <= start]
        here = [row for row in known if row["month"] == start]
        came = sum(row["total"] for row in here if row["kind"] in (Kind.NEW, Kind.RETURNED))
        went = -sum(row["total"] for row in here if row["kind"] == Kind.CHURNED)
        by_credit = sum(row["total"] for row in until if row["paid_by"] == "credit")
        whole = sum(row["total"] for row in until)
        yield Month(
            start, *(Money(int(minor), currency) for minor in (whole, by_credit, came, went))
        )


def now(*, currency: str) -> Now:
    """From the subscriptions themselves; the movements must say the same."""
    rows = list(Subscription.objects.filter(currency=currency, state__in=COUNTS))
    by_credit = sum(row.monthly_minor for row in rows if row.paid_by == "credit")
    return Now(
        mrr=Money(sum(row.monthly_minor for row in rows), currency),
        credit=Money(by_credit, currency),
        subscriptions=len(rows),
        customers=len({row.organization_id for row in rows}),
        past_due=sum(row.state == State.PAST_DUE for row in rows),
    )


def currencies() -> list[str]:
    """In which something was ever sold."""
    return sorted(set(Movement.objects.values_list("currency", flat=True)))


def _starts(at: datetime, count: int) -> Iterator[datetime]:
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for back in range(count - 1, -1, -1):
        year, month = divmod(first.year * 12 + first.month - 1 - back, 12)
        yield first.replace(year=year, month=month + 1)
