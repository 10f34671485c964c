"""What happens to orders. What the payment provider tells comes in here; every such call may be
made again and in any order, and joins the caller's transaction."""

from __future__ import annotations

from franchise.money import Money


def paid(*, order_id: int, reference: str, amount: Money, event: str) -> None:
    """The card's part of an order was paid. Raises NotFound, WrongAmount."""
    raise NotImplementedError


def payment_failed(*, order_id: int, reference: str, because: str, event: str) -> None:
    """An attempt failed. A customer may try another card; a renewal becomes past due."""
    raise NotImplementedError


def payment_expired(*, order_id: int, reference: str, event: str) -> None:
    """Nobody paid in time: the order is cancelled, the credit's hold released."""
    raise NotImplementedError


def disputed(*, order_id: int, reference: str, amount: Money, event: str) -> None:
    """A chargeback: the Organization is suspended."""
    raise NotImplementedError


def dispute_closed(*, order_id: int, reference: str, won: bool, event: str) -> None:
    """Won: the order is what it was before."""
    raise NotImplementedError


def refunded_outside(*, order_id: int, reference: str, total: Money, event: str) -> None:
    """`total` is all that was given back of this payment up to now, also by ourselves."""
    raise NotImplementedError
