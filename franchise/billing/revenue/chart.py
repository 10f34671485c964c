"""Bars of recurring revenue, worked out on the server: geometry only. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from franchise.billing.revenue.selectors import Month

WIDTH, HEIGHT, FOOT = 720, 220, 24
GAP = 0.3


@dataclass(frozen=True, slots=True)
class Bar:
    """The card's part stands on the credit's; `x` and `middle` in the units of the view box."""

    month: Month
    x: float
    width: float
    middle: float
    credit_y: float
    credit_height: float
    card_y: float
    card_height: float


def bars(months: Sequence[Month]) -> list[Bar]:
    """One per month, as high as its revenue is of the highest."""
    highest = max((month.mrr.minor for month in months), default=0) or 1
    space, usable = WIDTH / max(len(months), 1), HEIGHT - FOOT - 8
    drawn = []
    for index, month in enumerate(months):
        credit = usable * month.credit.minor / highest
        card = usable * month.card.minor / highest
        ground = HEIGHT - FOOT
        drawn.append(
            Bar(
                month=month,
                x=round(space * (index + GAP / 2), 1),
                width=round(space * (1 - GAP), 1),
                middle=round(space * (index + 0.5), 1),
                credit_y=round(ground - credit, 1),
                credit_height=round(credit, 1),
                card_y=round(ground - credit - card, 1),
                card_height=round(card, 1),
            )
        )
    return drawn
