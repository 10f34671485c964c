"""What happens when a payment intent is confirmed, by the API or on the payment page."""

from __future__ import annotations

from typing import Any

from infra.localcloud.stripe.book import Account, new_id, now
from infra.localcloud.stripe.cards import BY_TOKEN, OWN_CODES, SAYS, Card
from infra.localcloud.stripe.errors import StripeError
from infra.localcloud.stripe.world import Json, World

Request = Json | None
ENDED = {"succeeded", "canceled"}


def new_intent(account: Account, *, amount: int, currency: str, **fields: Any) -> Json:
    number = new_id("pi_")
    intent = {
        "id": number,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{number}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "receipt_email": None,
        "setup_future_usage": None,
        "status": "requires_payment_method",
    }
    return account.add({**intent, **fields})


def new_method(account: Account, card: Card, *, customer: str | None = None) -> Json:
    """A payment method of one of the test cards."""
    made = account.add(
        {
            "id": new_id("pm_"),
            "object": "payment_method",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None},
            "card": {
                "brand": card.brand,
                "country": "US",
                "exp_month": 12,
                "exp_year": 2034,
                "funding": "credit",
                "last4": card.last4,
            },
            "created": now(),
            "customer": customer,
            "livemode": False,
            "metadata": {},
            "type": "card",
        }
    )
    account.cards[made["id"]] = card.token
    return made


def card_of(account: Account, method: str) -> Card:
    return BY_TOKEN[account.cards[method]]


def confirm(
    world: World,
    account: Account,
    intent: Json,
    method: Json,
    *,
    off_session: bool,
    proved: bool = False,
    request: Request = None,
) -> None:
    """Charge it. Raises StripeError 402 when the bank says no.

    `proved`: the customer has just shown the bank who they are.
    """
    card = card_of(account, method["id"])
    set_up = method["id"] in account.set_up
    intent["payment_method"], intent["last_payment_error"] = method["id"], None
    intent["next_action"] = None
    asks = card.asks == "always" or (card.asks == "until_set_up" and not set_up)
    if asks and not proved and off_session:
        raise decline(world, account, intent, method, "authentication_required", request)
    if asks and not proved:
        intent["status"] = "requires_action"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": None,
                "url": f"{world.public_url}/3ds/{intent['id']}",
            },
        }
        world.tell(account, "payment_intent.requires_action", intent, request)
        return
    if card.declines:
        raise decline(world, account, intent, method, card.declines, request)
    succeed(world, account, intent, method, request)


def succeed(
    world: World, account: Account, intent: Json, method: Json, request: Request = None
) -> None:
    charge = _new_charge(account, intent, method, status="succeeded")
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        next_action=None,
        last_payment_error=None,
    )
    if intent["setup_future_usage"] and intent["customer"]:
        method["customer"] = intent["customer"]
        account.set_up.append(method["id"])
    world.tell(account, "charge.succeeded", charge, request)
    world.tell(account, "payment_intent.succeeded", intent, request)
    if card_of(account, method["id"]).disputed:
        dispute(world, account, charge)


def decline(
    world: World,
    account: Account,
    intent: Json,
    method: Json,
    decline_code: str,
    request: Request = None,
) -> StripeError:
    """The error to raise; the intent waits for another card."""
    code = decline_code if decline_code in OWN_CODES else "card_declined"
    charge = _new_charge(account, intent, method, status="failed")
    charge["failure_code"], charge["failure_message"] = code, SAYS[decline_code]
    intent["latest_charge"] = charge["id"]
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    refusal = StripeError(
        402,
        "card_error",
        SAYS[decline_code],
        kept=True,
        code=code,
        decline_code=decline_code,
        charge=charge["id"],
        payment_method=dict(method),
    )
    intent["last_payment_error"] = dict(refusal.error)
    refusal.error["payment_intent"] = dict(intent)
    world.tell(account, "charge.failed", charge, request)
    world.tell(account, "payment_intent.payment_failed", intent, request)
    return refusal


def cancel(
    world: World, account: Account, intent: Json, *, because: str | None, request: Request = None
) -> None:
    intent.update(
        status="canceled", canceled_at=now(), cancellation_reason=because, next_action=None
    )
    world.tell(account, "payment_intent.canceled", intent, request)


def dispute(world: World, account: Account, charge: Json, *, reason: str = "fraudulent") -> Json:
    """The customer's bank takes the money back until somebody decides."""
    charge["disputed"] = True
    made = account.add(
        {
            "id": new_id("du_"),
            "object": "dispute",
            "amount": charge["amount"],
            "balance_transactions": [],
            "charge": charge["id"],
            "created": now(),
            "currency": charge["currency"],
            "evidence": {},
            "evidence_details": {"due_by": now() + 7 * 86_400, "has_evidence": False},
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
    )
    world.tell(account, "charge.dispute.created", made)
    world.tell(account, "charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(world: World, account: Account, found: Json, *, won: bool) -> None:
    found["status"] = "won" if won else "lost"
    if won:
        world.tell(account, "charge.dispute.funds_reinstated", found)
    world.tell(account, "charge.dispute.closed", found)


def _new_charge(account: Account, intent: Json, method: Json, *, status: str) -> Json:
    done = status == "succeeded"
    return account.add(
        {
            "id": new_id("ch_"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if done else 0,
            "amount_refunded": 0,
            "captured": done,
            "created": now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": None,
            "failure_message": None,
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "paid": done,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {"card": dict(method["card"]), "type": "card"},
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": status,
        }
    )
