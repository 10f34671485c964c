"""Payment intents: one payment each, from the wish to the money."""

from __future__ import annotations

from infra.localcloud.stripe import charging
from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.errors import invalid
from infra.localcloud.stripe.listing import created, page
from infra.localcloud.stripe.money import check_charge, check_currency
from infra.localcloud.stripe.resources.customers import living
from infra.localcloud.stripe.resources.payment_methods import named
from infra.localcloud.stripe.world import Call

REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")


def create(call: Call) -> Json:
    params, account = call.params, call.account
    amount = params.integer("amount")
    currency = check_currency(params.needed("currency"), "currency")
    if amount is None:
        raise invalid("Missing required param: amount.", param="amount", code="parameter_missing")
    check_charge(amount, currency)
    customer, method = params.text("customer"), params.text("payment_method")
    if customer is not None:
        living(account, customer)
    fields: Json = {
        "customer": customer,
        "description": params.text("description"),
        "metadata": params.metadata(),
        "receipt_email": params.text("receipt_email"),
        "setup_future_usage": params.choice("setup_future_usage", ("off_session", "on_session")),
        "payment_method_types": params.methods(("card",)),
    }
    params.text("statement_descriptor_suffix")
    automatic = params.within("automatic_payment_methods")
    if automatic.flag("enabled"):
        fields["automatic_payment_methods"] = {"enabled": True}
    automatic.text("allow_redirects")
    confirms, off_session = params.flag("confirm"), params.flag("off_session")
    params.text("return_url")
    params.done()
    if off_session and not confirms:
        raise invalid("`off_session` can only be used with `confirm`.", param="off_session")
    found = named(account, method) if method else None
    if found is not None and found["customer"] not in (None, customer):
        raise invalid(
            "The provided PaymentMethod belongs to another Customer.", param="payment_method"
        )
    if confirms and found is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    intent = charging.new_intent(account, amount=amount, currency=currency, **fields)
    call.tell("payment_intent.created", intent)
    if found is not None:
        intent["payment_method"], intent["status"] = found["id"], "requires_confirmation"
    if confirms and found is not None:
        charging.confirm(
            call.world, account, intent, found, off_session=off_session, request=call.request
        )
    return intent


def confirm(call: Call) -> Json:
    params = call.params
    intent = call.account.get("payment_intent", call.path["id"])
    method, off_session = params.text("payment_method"), params.flag("off_session")
    params.text("return_url")
    params.done()
    chosen = method or intent["payment_method"]
    if intent["status"] in charging.ENDED or chosen is None:
        raise _unexpected(intent, "confirm")
    found = named(call.account, chosen)
    charging.confirm(
        call.world, call.account, intent, found, off_session=off_session, request=call.request
    )
    return intent


def cancel(call: Call) -> Json:
    intent = call.account.get("payment_intent", call.path["id"])
    because = call.params.choice("cancellation_reason", REASONS)
    call.params.done()
    if intent["status"] in charging.ENDED:
        raise _unexpected(intent, "cancel")
    charging.cancel(call.world, call.account, intent, because=because, request=call.request)
    return intent


def update(call: Call) -> Json:
    params = call.params
    intent = call.account.get("payment_intent", call.path["id"])
    description = params.text("description", intent["description"])
    metadata = params.metadata(intent["metadata"])
    params.done()
    intent["description"], intent["metadata"] = description, metadata
    return intent


def retrieve(call: Call) -> Json:
    call.params.text("client_secret")
    call.params.done()
    return call.account.get("payment_intent", call.path["id"])


def listed(call: Call) -> Json:
    params = call.params
    rows = created(params, call.account.all("payment_intent", customer=params.text("customer")))
    found = page(params, rows, "/v1/payment_intents")
    params.done()
    return found


def _unexpected(intent: Json, act: str) -> Exception:
    return invalid(
        f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=dict(intent),
    )


ADDRESSES = (
    ("POST", "payment_intents", create),
    ("GET", "payment_intents", listed),
    ("GET", "payment_intents/{id}", retrieve),
    ("POST", "payment_intents/{id}", update),
    ("POST", "payment_intents/{id}/confirm", confirm),
    ("POST", "payment_intents/{id}/cancel", cancel),
)
