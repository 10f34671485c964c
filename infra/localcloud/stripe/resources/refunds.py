"""Refunds of a payment, whole or in parts."""

from __future__ import annotations

from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.book import Account, new_id, now
from infra.localcloud.stripe.charging import card_of
from infra.localcloud.stripe.errors import StripeError, invalid
from infra.localcloud.stripe.listing import created, page
from infra.localcloud.stripe.money import check_digit
from infra.localcloud.stripe.world import Call, World

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(call: Call) -> Json:
    params, account = call.params, call.account
    intent, charge_id = params.text("payment_intent"), params.text("charge")
    amount, reason = params.integer("amount"), params.choice("reason", REASONS)
    metadata = params.metadata()
    params.done()
    charge = _charge(account, intent, charge_id)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["refunded"]:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if charge["disputed"]:
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    amount = left if amount is None else amount
    check_digit(amount, charge["currency"], "amount")
    if not 0 < amount <= left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    refund = account.add(
        {
            "id": new_id("re_"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": now(),
            "currency": charge["currency"],
            "failure_reason": None,
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "succeeded",
        }
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    call.tell("refund.created", refund)
    call.tell("charge.refunded", charge)
    if card_of(account, charge["payment_method"]).refund_fails:
        fail(call.world, account, refund)
    return refund


def fail(world: World, account: Account, refund: Json) -> None:
    """The customer's bank did not take the money back."""
    charge = account.objects[refund["charge"]]
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    refund["status"], refund["failure_reason"] = "failed", "expired_or_canceled_card"
    world.tell(account, "refund.updated", refund)
    world.tell(account, "refund.failed", refund)
    world.tell(account, "charge.refund.updated", refund)


def _charge(account: Account, intent: str | None, charge: str | None) -> Json:
    if charge is not None:
        found = account.get("charge", charge, "charge")
    elif intent is not None:
        latest = account.get("payment_intent", intent, "payment_intent")["latest_charge"]
        found = account.objects.get(latest or "", {})
    else:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or "
            "charge."
        )
    if not found.get("paid"):
        raise StripeError(
            400,
            "invalid_request_error",
            f"This PaymentIntent ({intent}) does not have a successful charge to refund.",
        )
    return found


def retrieve(call: Call) -> Json:
    call.params.done()
    return call.account.get("refund", call.path["id"])


def update(call: Call) -> Json:
    refund = call.account.get("refund", call.path["id"])
    metadata = call.params.metadata(refund["metadata"])
    call.params.done()
    refund["metadata"] = metadata
    call.tell("refund.updated", refund)
    return refund


def listed(call: Call) -> Json:
    params = call.params
    rows = call.account.all(
        "refund", payment_intent=params.text("payment_intent"), charge=params.text("charge")
    )
    found = page(params, created(params, rows), "/v1/refunds")
    params.done()
    return found


ADDRESSES = (
    ("POST", "refunds", create),
    ("GET", "refunds", listed),
    ("GET", "refunds/{id}", retrieve),
    ("POST", "refunds/{id}", update),
)
