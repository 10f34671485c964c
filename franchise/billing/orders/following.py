"""What other rooms do when something was bought and paid for, inside the same transaction."""

from __future__ import annotations

from collections.abc import Callable

from franchise.billing.orders.models import Order

OnPaid = Callable[[Order], None]
_told: list[OnPaid] = []


def on_paid(callback: OnPaid) -> OnPaid:
    """Register what a room does then. What it raises undoes the payment's booking: only promise."""
    if callback not in _told:
        _told.append(callback)
    return callback


def tell_paid(order: Order) -> None:
    for callback in _told:
        callback(order)
