"""What we read of Stripe's objects, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from franchise.money import Money


class PaymentState(StrEnum):
    OPEN = "open"  # nobody has paid yet; the last try may have failed
    UNDER_WAY = "under way"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Card:
    """A payment method that Stripe keeps for us."""

    method: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """`won` None: not decided yet."""

    reference: str
    amount: Money
    won: bool | None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment intent and all that became of it, as it is now.

    refunded  everything that was given back up to now
    because   why the last try failed
    kept      its customer lets us charge the card again
    """

    reference: str
    state: PaymentState
    amount: Money
    refunded: Money
    metadata: Mapping[str, str]
    customer: str = ""
    card: Card | None = None
    kept: bool = False
    because: str = ""
    disputes: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A checkout session. `payment`: there is none before somebody has tried to pay."""

    reference: str
    url: str
    open: bool
    expired: bool
    metadata: Mapping[str, str]
    payment: Payment | None
