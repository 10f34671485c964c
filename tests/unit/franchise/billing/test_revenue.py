"""Revenue by month from movements, and the chart's geometry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from franchise.billing.revenue.chart import FOOT, HEIGHT, WIDTH, bars
from franchise.billing.revenue.selectors import Month, summed
from franchise.money import Money

JANUARY, FEBRUARY, MARCH = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3))
BEFORE = datetime(2026, 6, 1, tzinfo=UTC)


def moved(month: datetime, kind: str, total: int, paid_by: str = "card") -> dict[str, Any]:
    return {"month": month, "kind": kind, "paid_by": paid_by, "total": total}


def minors(month: Month) -> tuple[int, ...]:
    return tuple(
        amount.minor
        for amount in (month.mrr, month.credit, month.card, month.new, month.churned, month.net)
    )


def test_w21_given_movements_when_summed_then_each_month_is_the_one_before_and_its_net() -> None:
    rows = [
        moved(BEFORE, "new", 9_000, "credit"),
        moved(JANUARY, "new", 5_000),
        moved(JANUARY, "churned", -9_000, "credit"),
        moved(MARCH, "returned", 9_000, "credit"),
    ]
    found = [minors(month) for month in summed([JANUARY, FEBRUARY, MARCH], rows, "OMR")]
    assert found == [
        (5_000, 0, 5_000, 5_000, 9_000, -4_000),
        (5_000, 0, 5_000, 0, 0, 0),
        (14_000, 9_000, 5_000, 9_000, 0, 9_000),
    ]


def test_w21_given_a_subscription_that_is_paid_another_way_when_summed_then_nothing_is_new() -> (
    None
):
    rows = [
        moved(JANUARY, "new", 9_000, "credit"),
        moved(FEBRUARY, "shifted", -9_000, "credit"),
        moved(FEBRUARY, "shifted", 9_000, "card"),
    ]
    january, february = (minors(month) for month in summed([JANUARY, FEBRUARY], rows, "OMR"))
    assert january == (9_000, 9_000, 0, 9_000, 0, 9_000)
    assert february == (9_000, 0, 9_000, 0, 0, 0)


def test_given_months_when_drawn_then_the_highest_fills_it_and_parts_are_stacked() -> None:
    def month(mrr: int, credit: int) -> Month:
        none = Money(0, "OMR")
        return Month(JANUARY, Money(mrr, "OMR"), Money(credit, "OMR"), none, none)

    low, high = bars([month(5_000, 0), month(10_000, 4_000)])
    assert high.card_y == 8 and low.card_y > high.card_y
    assert round(high.card_y + high.card_height, 1) == high.credit_y
    assert round(high.credit_y + high.credit_height, 1) == HEIGHT - FOOT
    assert low.x + low.width < high.x and high.x + high.width <= WIDTH


def test_given_nothing_when_drawn_then_no_bar_and_no_division_by_nothing() -> None:
    none = Money(0, "OMR")
    (bar,) = bars([Month(JANUARY, none, none, none, none)])
    assert bar.card_height == bar.credit_height == 0 and bars([]) == []
