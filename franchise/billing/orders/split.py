"""How an order's total is paid. Pure.

The one rounding policy: credit pays first; what is left for the card is rounded **down** to what
Stripe takes, in the customer's favour. Three-decimal currencies are charged in multiples of ten
minor units (docs.stripe.com/currencies, "Three-decimal currencies"). The difference, at most nine
minor units, is an expense of the franchise and is booked as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from franchise.money import EXPONENTS, Money


@dataclass(frozen=True, slots=True)
class Split:
    """`credit + card + rounding` is the total."""

    credit: Money
    card: Money
    rounding: Money


def step(currency: str) -> int:
    """The card is charged in multiples of so many minor units."""
    return 10 if EXPONENTS[currency] == 3 else 1


def split(*, total: Money, credit: Money) -> Split:
    """`credit` is what there is; none of it is used that is not needed."""
    if total.minor < 0 or credit.minor < 0:
        raise ValueError("nobody owes less than nothing")
    used = min(total, credit)
    rest = total - used
    card = Money(rest.minor - rest.minor % step(total.currency), total.currency)
    return Split(used, card, rest - card)
