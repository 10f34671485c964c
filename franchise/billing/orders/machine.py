"""Who may follow whom. One table; nothing else changes an order's state."""

from __future__ import annotations

from typing import Any

from catalyst.problem import Conflict
from franchise.billing.orders.models import Order, OrderEvent, State

AFTER: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.AWAITING_PAYMENT, State.PAID, State.CANCELLED}),
    State.AWAITING_PAYMENT: frozenset({State.PAID, State.CANCELLED, State.FAILED}),
    State.PAID: frozenset({State.PARTLY_REFUNDED, State.REFUNDED, State.DISPUTED}),
    State.PARTLY_REFUNDED: frozenset({State.REFUNDED, State.DISPUTED}),
    State.REFUNDED: frozenset({State.DISPUTED}),
    State.DISPUTED: frozenset({State.PAID, State.PARTLY_REFUNDED, State.REFUNDED}),
    State.CANCELLED: frozenset(),
    State.FAILED: frozenset(),
}


class WrongState(Conflict):
    """The order is not in a state in which this can be done."""

    type = "order-state"


def transition(order: Order, to: State, *, actor: str, facts: dict[str, Any] | None = None) -> None:
    """Set the state of a locked order, and note it in its timeline. The caller saves the rest."""
    if to not in AFTER[order.state]:
        raise WrongState(f"An order that is {order.state} cannot become {to}.", state=order.state)
    before, order.state = order.state, to
    order.save()
    tell(order, to.value, actor=actor, facts={"before": str(before), **(facts or {})})


def tell(order: Order, kind: str, *, actor: str, facts: dict[str, Any] | None = None) -> None:
    """One line of the timeline."""
    OrderEvent.objects.create(order=order, kind=kind, actor=actor, facts=facts or {})
