"""Why an order cannot be placed, paid or refunded."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, Problem


class PriceChanged(Conflict):
    """`extra` has what to confirm now: `total`, `fingerprint`, `was` is what was sent."""

    type = "price-changed"
    title = lazy("The price has changed")


class WorthNothing(Invalid):
    """Nothing is sold for nothing unless the catalog says that all of it is included."""

    type = "order-worth-nothing"


class KeyReused(Conflict):
    type = "idempotency-key-reused"
    title = lazy("This request was already made with other values")


class OrganizationClosed(Conflict):
    """It is suspended or being deleted."""

    type = "organization-closed"
    title = lazy("This Organization cannot order now")


class CreditTooSmall(Conflict):
    """`total` and `currency` in `extra`: what it would take."""

    type = "credit-too-small"
    title = lazy("The credit does not pay for this")


class WrongAmount(Problem):
    """The provider tells of another amount than the order's card part: nothing was booked."""

    type = "payment-wrong-amount"
    title = lazy("Another amount was paid than the order asked for")
    status = 409


class TooMuch(Invalid):
    """More than what is left of the order cannot be given back."""

    type = "refund-too-much"
