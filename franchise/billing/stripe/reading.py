"""Stripe's objects → our values."""

from __future__ import annotations

from typing import Any

import stripe

from franchise.billing.stripe.amounts import from_stripe
from franchise.billing.stripe.shapes import Card, Dispute, Page, Payment, PaymentState

# What a payment is read with.
EXPAND = ["latest_charge", "payment_method"]
_STATES = {
    "succeeded": PaymentState.PAID,
    "canceled": PaymentState.CANCELLED,
    "processing": PaymentState.UNDER_WAY,
    "requires_action": PaymentState.UNDER_WAY,
}
_WON = {"won": True, "prevented": True, "warning_closed": True, "lost": False}


def payment(intent: stripe.PaymentIntent, disputes: list[stripe.Dispute]) -> Payment:
    facts: dict[str, Any] = intent.to_dict()
    charge = facts["latest_charge"] or {}
    state = _STATES.get(facts["status"], PaymentState.OPEN)
    amount = facts["amount_received"] if state == PaymentState.PAID else facts["amount"]
    error = facts["last_payment_error"] or {}
    return Payment(
        reference=facts["id"],
        state=state,
        amount=from_stripe(amount, facts["currency"]),
        refunded=from_stripe(charge.get("amount_refunded", 0), facts["currency"]),
        metadata=facts["metadata"],
        customer=facts["customer"] or "",
        card=_card(facts["payment_method"]),
        kept=facts["setup_future_usage"] == "off_session",
        because=error.get("decline_code") or error.get("code") or "",
        disputes=tuple(_dispute(each) for each in disputes),
    )


def page(session: stripe.checkout.Session, found: Payment | None) -> Page:
    return Page(
        reference=session.id,
        url=session.url or "",
        open=session.status == "open",
        expired=session.status == "expired",
        metadata=session.to_dict()["metadata"] or {},
        payment=found,
    )


def is_disputed(intent: stripe.PaymentIntent) -> bool:
    charge = intent.latest_charge
    return isinstance(charge, stripe.Charge) and charge.disputed


def _card(method: Any) -> Card | None:
    if not isinstance(method, dict) or method.get("type") != "card":
        return None
    return Card(method["id"], method["card"]["brand"], method["card"]["last4"])


def _dispute(found: stripe.Dispute) -> Dispute:
    return Dispute(found.id, from_stripe(found.amount, found.currency), _WON.get(found.status))
