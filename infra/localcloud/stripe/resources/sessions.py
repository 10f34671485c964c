"""Checkout sessions in the mode `payment`: what the customer is sent to a page of Stripe's for."""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.localcloud.stripe import checkout
from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.book import new_id, now
from infra.localcloud.stripe.errors import invalid
from infra.localcloud.stripe.form import Params
from infra.localcloud.stripe.listing import page
from infra.localcloud.stripe.money import check_charge, check_currency, check_digit
from infra.localcloud.stripe.resources.customers import living
from infra.localcloud.stripe.world import Call

SHORTEST, LONGEST = 30 * 60, 24 * 3600
_LEEWAY = 60  # a request takes its time
MOST_LINES = 100
LATE = ("us_bank_account", "sepa_debit")  # methods whose money comes days later
METHODS = ("card", *LATE)


def create(call: Call) -> Json:
    params, account = call.params, call.account
    if params.choice("mode", ("payment",)) is None:
        raise _lacks("mode")
    params.choice("ui_mode", ("hosted_page", "hosted"))
    lines = [_line(row) for row in params.each("line_items")]
    if not 1 <= len(lines) <= MOST_LINES:
        raise _lacks("line_items")
    customer, email = params.text("customer"), params.text("customer_email")
    if customer is not None:
        living(account, customer)
    if customer is not None and email is not None:
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    success_url = _url(params, "success_url")
    if success_url is None:
        raise _lacks("success_url")
    methods = params.methods(METHODS)
    if not methods:
        raise invalid("No valid payment method types for this Checkout Session.")
    session: Json = {
        "id": new_id("cs_test_", 58),
        "object": "checkout.session",
        "cancel_url": _url(params, "cancel_url"),
        "client_reference_id": params.text("client_reference_id"),
        "created": now(),
        "customer": customer,
        "customer_creation": params.choice(
            "customer_creation", ("always", "if_required"), None if customer else "if_required"
        ),
        "customer_details": None,
        "customer_email": email,
        "expires_at": _expires_at(params),
        "livemode": False,
        "locale": params.text("locale"),
        "metadata": params.metadata(),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": methods,
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": params.choice("submit_type", ("auto", "book", "donate", "pay")),
        "success_url": success_url,
        "ui_mode": "hosted_page",
    }
    intent = _intent(params.within("payment_intent_data"))
    params.done()
    currency = lines[0]["currency"]
    total = sum(line["amount_total"] for line in lines)
    if {line["currency"] for line in lines} != {currency}:
        raise invalid("All line items must have the same currency.", param="line_items")
    check_charge(total, currency, "line_items")
    session |= {"currency": currency, "amount_subtotal": total, "amount_total": total}
    session["url"] = f"{call.world.public_url}/c/pay/{session['id']}"
    account.add(session)
    account.lines[session["id"]] = lines
    account.wishes[session["id"]] = intent
    return session


def retrieve(call: Call) -> Json:
    call.params.done()
    return call.account.get("checkout.session", call.path["id"])


def expire(call: Call) -> Json:
    call.params.done()
    session = call.account.get("checkout.session", call.path["id"])
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}."
        )
    checkout.expire(call.world, call.account, session, request=call.request)
    return session


def lines(call: Call) -> Json:
    session = call.account.get("checkout.session", call.path["id"])
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    found = page(call.params, call.account.lines[session["id"]], url)
    call.params.done()
    return found


def listed(call: Call) -> Json:
    params = call.params
    rows = call.account.all(
        "checkout.session",
        payment_intent=params.text("payment_intent"),
        customer=params.text("customer"),
        status=params.choice("status", ("complete", "expired", "open")),
    )
    found = page(params, rows, "/v1/checkout/sessions")
    params.done()
    return found


def _line(row: Params) -> Json:
    quantity = row.integer("quantity")
    price = row.within("price_data")
    currency = check_currency(price.needed("currency"), price.name("currency"))
    amount = price.integer("unit_amount")
    product = price.within("product_data")
    name = product.needed("name")
    product.text("description")
    product.metadata()
    price.choice("tax_behavior", ("exclusive", "inclusive", "unspecified"))
    if amount is None or amount < 0:
        raise invalid("Invalid non-negative integer", param=price.name("unit_amount"))
    # Documented for amounts that are charged; of lines nothing is said (unsure), so: here too.
    check_digit(amount, currency, price.name("unit_amount"))
    if quantity is None or quantity < 1:
        raise invalid("Quantity is required", param=row.name("quantity"))
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_subtotal": amount * quantity,
        "amount_total": amount * quantity,
        "currency": currency,
        "description": name,
        "quantity": quantity,
    }


def _intent(data: Params) -> Json:
    wish: Json = {
        "description": data.text("description"),
        "metadata": data.metadata(),
        "receipt_email": data.text("receipt_email"),
        "setup_future_usage": data.choice("setup_future_usage", ("off_session", "on_session")),
    }
    data.text("statement_descriptor_suffix")
    return wish


def _expires_at(params: Params) -> int:
    at = params.integer("expires_at")
    if at is None:
        return now() + LONGEST
    if not SHORTEST - _LEEWAY <= at - now() <= LONGEST + _LEEWAY:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return at


def _url(params: Params, name: str) -> str | None:
    text = params.text(name)
    if text is not None and urlsplit(text).scheme not in ("http", "https"):
        raise invalid("Not a valid URL", param=name, code="url_invalid")
    return text


def _lacks(name: str) -> Exception:
    return invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")


ADDRESSES = (
    ("POST", "checkout/sessions", create),
    ("GET", "checkout/sessions", listed),
    ("GET", "checkout/sessions/{id}", retrieve),
    ("GET", "checkout/sessions/{id}/line_items", lines),
    ("POST", "checkout/sessions/{id}/expire", expire),
)
