"""The door of orders. What the payment provider tells comes in here too; every such call may be
made again and in any order, and joins the caller's transaction."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.work import outbox
from franchise.billing.orders.following import on_paid
from franchise.billing.orders.machine import WrongState, tell, transition
from franchise.billing.orders.models import Order, Purpose, State
from franchise.billing.orders.offers import Cart, Offer, how_paid, offer
from franchise.billing.orders.placing import place, place_by_credit, renew
from franchise.billing.orders.problems import PriceChanged, WrongAmount
from franchise.billing.orders.refunding import left, lock, refund, refunded_outside
from franchise.billing.orders.settling import SYSTEM, card_source, let_go, settle
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.states import Cause
from franchise.organizations.states import State as OrganizationState

__all__ = [
    "SYSTEM",
    "Cart",
    "Offer",
    "Order",
    "PriceChanged",
    "State",
    "WrongAmount",
    "WrongState",
    "cancel",
    "close_page",
    "dispute_closed",
    "disputed",
    "how_paid",
    "left",
    "lock",
    "offer",
    "on_paid",
    "paid",
    "payment_expired",
    "payment_failed",
    "place",
    "place_by_credit",
    "refund",
    "refunded_outside",
    "renew",
]  # fmt: skip
STRIPE = "stripe"
MONEY_BACK = "franchise.money-back"
CLOSE_PAGE = "franchise.close-page"
OPEN = (State.DRAFT, State.AWAITING_PAYMENT)
ENDED_UNPAID = (State.CANCELLED, State.FAILED)


def cancel(*, order_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """The customer does not want it any more; what was paid is refunded instead.

    Raises NotFound, WrongState.
    """
    with transaction.atomic():
        order = lock(order_id)
        if order.state == State.CANCELLED:
            return
        if order.state not in OPEN:
            raise WrongState(_("This order is not open any more."), state=order.state)
        let_go(order, State.CANCELLED, actor=actor, because="cancelled")
        close_page(order)


def paid(*, order_id: int, reference: str, amount: Money, event: str) -> None:
    """The card's part of an order was paid. Money for one that ended unpaid goes back.

    Raises NotFound, WrongAmount.
    """
    with transaction.atomic():
        order = lock(order_id)
        if amount != order.money("card"):
            raise WrongAmount(_("Nothing was booked."), asked=str(order.money("card")),
                              paid=str(amount))  # fmt: skip
        if order.paid_at is not None:
            if order.payment_reference != reference:
                _send_back(order, reference, event)
            return
        if order.state in ENDED_UNPAID:
            _send_back(order, reference, event)
            return
        try:
            with transaction.atomic():
                order.payment_reference = reference
                settle(order, actor=STRIPE)
        except ledger.NotEnoughCredit:
            # The hold ran out, and its credit is spent: nothing was bought, the card is paid back.
            order = lock(order_id)
            let_go(order, State.CANCELLED, actor=STRIPE, because="credit-gone")
            _send_back(order, reference, event)


def payment_failed(*, order_id: int, reference: str, because: str, event: str) -> None:
    """An attempt failed. A customer may try another card; a renewal becomes past due."""
    with transaction.atomic():
        order = lock(order_id)
        if order.state not in OPEN:
            return
        if order.purpose == Purpose.PURCHASE:
            tell(order, "payment-failed", actor=STRIPE, facts={"because": because[:200]})
            return
        let_go(order, State.FAILED, actor=STRIPE, because=because[:200])


def payment_expired(*, order_id: int, reference: str, event: str) -> None:
    """Nobody paid in time: the order is cancelled, the credit's hold released."""
    with transaction.atomic():
        order = lock(order_id)
        if order.state in OPEN:
            let_go(order, State.CANCELLED, actor=STRIPE, because="expired")


def disputed(*, order_id: int, reference: str, amount: Money, event: str) -> None:
    """A chargeback: the Organization is suspended. Raises WrongState before it is paid."""
    with transaction.atomic():
        order = lock(order_id)
        if order.paid_at is None:
            raise WrongState(_("The order is not paid yet."), state=order.state)
        if order.events.filter(kind=State.DISPUTED, facts__reference=reference).exists():
            return
        if order.state != State.DISPUTED:
            transition(
                order, State.DISPUTED, actor=STRIPE,
                facts={"reference": reference, "amount": str(amount)},
            )  # fmt: skip
        ledger.record_chargeback(
            organization_id=order.organization_id, amount=amount, source=f"dispute:{reference}",
            payment_source=card_source(order), actor=STRIPE,
        )  # fmt: skip
        if order.organization.state != OrganizationState.DELETED:
            organizations.suspend(
                organization_id=order.organization_id, because=Cause.CHARGEBACK, actor=STRIPE
            )
        _note(order, "disputed", {"amount": str(amount), "reference": reference})


def dispute_closed(*, order_id: int, reference: str, amount: Money, won: bool, event: str) -> None:
    """Won: the order is what it was before, and the Organization is let go on."""
    with transaction.atomic():
        order = lock(order_id)
        if order.state != State.DISPUTED:
            return
        if not won:
            if not order.events.filter(kind="dispute-lost", facts__reference=reference).exists():
                tell(order, "dispute-lost", actor=STRIPE, facts={"reference": reference})
            return
        transition(order, _as_refunded(order), actor=STRIPE, facts={"won": reference})
        ledger.record_chargeback_won(
            organization_id=order.organization_id, amount=amount,
            source=f"dispute-won:{reference}", payment_source=card_source(order), actor=STRIPE,
        )  # fmt: skip
        others = Order.objects.filter(
            organization_id=order.organization_id, state=State.DISPUTED
        ).exclude(pk=order.pk)
        if not others.exists() and order.organization.state != OrganizationState.DELETED:
            organizations.resume(
                organization_id=order.organization_id, because=Cause.CHARGEBACK, actor=STRIPE
            )
        _note(order, "dispute-won", {"reference": reference})


def _as_refunded(order: Order) -> State:
    if not left(order):
        return State.REFUNDED
    some = order.refunded_card_minor or order.refunded_credit_minor
    return State.PARTLY_REFUNDED if some else State.PAID


def _send_back(order: Order, reference: str, event: str) -> None:
    """Paid twice, or after its end: the customer gets that payment back, as a whole."""
    if order.events.filter(kind="money-back", facts__reference=reference).exists():
        return
    tell(order, "money-back", actor=STRIPE, facts={"reference": reference, "event": event})
    outbox.put(
        topic=MONEY_BACK, key=order.number,
        payload={"reference": reference, "minor": order.card_minor, "currency": order.currency},
    )  # fmt: skip
    _note(order, "money-back", {"reference": reference})


def close_page(order: Order) -> None:
    """Promise that nobody can pay it any more."""
    if order.checkout_reference:
        outbox.put(topic=CLOSE_PAGE, key=order.number)


def _note(order: Order, act: str, after: dict[str, str]) -> None:
    record(actor=STRIPE, act=f"franchise.order-{act}", object=order.subject, after=after)
