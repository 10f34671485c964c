"""Amounts as Stripe wants them: minor units, and tens of them where a currency has three digits.

https://docs.stripe.com/currencies: "these API calls require the least-significant digit to be 0".
"""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Problem
from franchise.money import EXPONENTS, Money


class Unchargeable(Problem):
    """Nobody has rounded this amount (franchise/billing/orders/split.py has the one rule)."""

    type = "amount-unchargeable"
    title = lazy("Cards cannot pay this amount exactly")
    status = 422


def to_stripe(amount: Money) -> tuple[int, str]:
    """Raises Unchargeable; rounding here would be money that no book knows."""
    if amount.minor <= 0 or (EXPONENTS[amount.currency] == 3 and amount.minor % 10):
        raise Unchargeable(str(amount))
    return amount.minor, amount.currency.lower()


def from_stripe(minor: int, currency: str) -> Money:
    return Money(minor, currency.upper())
