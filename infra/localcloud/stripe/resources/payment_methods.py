"""Cards. Only test cards exist; a token like `pm_card_visa` stands for a new one each time."""

from __future__ import annotations

from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.book import Account
from infra.localcloud.stripe.cards import BY_NUMBER, BY_TOKEN, SAYS
from infra.localcloud.stripe.charging import card_of, new_method
from infra.localcloud.stripe.errors import StripeError, invalid
from infra.localcloud.stripe.listing import page
from infra.localcloud.stripe.resources.customers import living
from infra.localcloud.stripe.world import Call


def named(account: Account, id: str, param: str = "payment_method") -> Json:
    """The payment method, or a new one for a token. Raises StripeError 404."""
    if id in BY_TOKEN:
        return new_method(account, BY_TOKEN[id])
    return account.get("payment_method", id, param)


def create(call: Call) -> Json:
    params = call.params
    params.choice("type", ("card",))
    fields = params.within("card")
    card = BY_NUMBER.get(fields.needed("number").replace(" ", ""))
    for name in ("exp_month", "exp_year", "cvc"):
        fields.text(name)
    metadata = params.metadata()
    params.done()
    if card is None:
        raise StripeError(
            402,
            "card_error",
            "Your card number is incorrect.",
            code="incorrect_number",
            param="number",
        )
    made = new_method(call.account, card)
    made["metadata"] = metadata
    return made


def retrieve(call: Call) -> Json:
    call.params.done()
    return call.account.get("payment_method", call.path["id"])


def listed(call: Call) -> Json:
    params = call.params
    rows = call.account.all(
        "payment_method", customer=params.text("customer"), type=params.text("type")
    )
    found = page(params, rows, "/v1/payment_methods")
    params.done()
    return found


def attach(call: Call) -> Json:
    customer = living(call.account, call.params.needed("customer"))
    call.params.done()
    method = named(call.account, call.path["id"], "id")
    if method["customer"] not in (None, customer["id"]):
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_already_attached",
        )
    card = card_of(call.account, method["id"])
    # This one is declined when it is attached; `pm_card_chargeCustomerFail` only when charged.
    if card.declines and card.token != "pm_card_chargeCustomerFail":  # noqa: S105 - a card's name
        raise StripeError(
            402,
            "card_error",
            SAYS[card.declines],
            kept=True,
            code="card_declined",
            decline_code=card.declines,
        )
    method["customer"] = customer["id"]
    call.tell("payment_method.attached", method)
    return method


def detach(call: Call) -> Json:
    call.params.done()
    method = call.account.get("payment_method", call.path["id"])
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer.")
    method["customer"] = None
    call.tell("payment_method.detached", method)
    return method


ADDRESSES = (
    ("POST", "payment_methods", create),
    ("GET", "payment_methods", listed),
    ("GET", "payment_methods/{id}", retrieve),
    ("POST", "payment_methods/{id}/attach", attach),
    ("POST", "payment_methods/{id}/detach", detach),
)
