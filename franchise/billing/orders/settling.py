"""What follows when an order is paid for, and when it is not. The caller holds the order's lock."""

from __future__ import annotations

from django.db import transaction

from catalyst.audit.services import record
from catalyst.work.clock import database_now
from franchise.billing.invoices import services as invoices
from franchise.billing.orders import following
from franchise.billing.orders.machine import transition
from franchise.billing.orders.models import Order, Purpose, State
from franchise.billing.subscriptions import services as subscriptions
from franchise.ledger import services as ledger
from franchise.mails import services as mails

SYSTEM = "billing"


def card_source(order: Order) -> str:
    """Under which name the ledger has the card's part."""
    return f"card:{order.number}"


def settle(order: Order, *, actor: str) -> None:
    """Paid: credit is spent, the card's part booked, a subscription goes on, an invoice exists.

    Raises NotEnoughCredit when the hold had run out and its credit is spent otherwise.
    """
    if order.credit_minor:
        _spend(order, actor)
    if order.card_minor or order.rounding_minor:
        ledger.record_card_payment(
            organization_id=order.organization_id, gross=order.money("card"),
            rounding=order.money("rounding"), source=card_source(order),
            order=order.number, campaign=order.campaign, actor=actor,
        )  # fmt: skip
    order.paid_at = database_now()
    if order.purpose == Purpose.PURCHASE:
        order.subscription = subscriptions.start(order=order)
    else:
        subscriptions.go_on(order=order)
    transition(order, State.PAID, actor=actor)
    invoice = invoices.issue(order=order)
    mails.send(
        kind="invoice", to=order.email, key=invoice.number,
        context={"organization": order.organization.name, "slug": order.organization.slug,
                 "number": invoice.number, "total": invoice.total,
                 "issued_on": invoice.issued_at.date()},
    )  # fmt: skip
    record(
        actor=actor, act="franchise.order-paid", object=order.subject,
        after={"organization": order.organization.slug, "invoice": invoice.number,
               "credit": str(order.money("credit")), "card": str(order.money("card"))},
    )  # fmt: skip
    if order.purpose == Purpose.PURCHASE:
        following.tell_paid(order)


def let_go(order: Order, to: State, *, actor: str, because: str = "") -> None:
    """Not paid, for good: the credit's hold is released."""
    if order.credit_minor:
        ledger.release(source=order.hold_source, actor=actor)
    transition(order, to, actor=actor, facts={"because": because} if because else {})
    record(
        actor=actor, act=f"franchise.order-{to}", object=order.subject,
        after={"organization": order.organization.slug, "because": because},
    )  # fmt: skip
    if order.subscription_id and order.placed_by == SYSTEM:
        subscriptions.missed(
            subscription=subscriptions.lock(order.subscription_id), because=because
        )


def _spend(order: Order, actor: str) -> None:
    try:
        with transaction.atomic():
            ledger.commit(
                source=order.hold_source, actor=actor, order=order.number, campaign=order.campaign
            )
    except ledger.HoldReleased:
        order.hold_source = f"{order.hold_source}:late"
        ledger.spend(
            organization_id=order.organization_id, amount=order.money("credit"),
            source=order.hold_source, actor=actor, order=order.number, campaign=order.campaign,
        )  # fmt: skip
