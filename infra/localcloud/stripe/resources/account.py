"""Whose key it is, and charges: what every key may look at."""

from __future__ import annotations

from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.listing import created, page
from infra.localcloud.stripe.world import Call


def mine(call: Call) -> Json:
    call.params.done()
    return {
        "id": call.account.id,
        "object": "account",
        "charges_enabled": True,
        "country": call.account.country,
        "default_currency": "usd",
        "details_submitted": True,
        "payouts_enabled": True,
        "type": "standard",
    }


def charge(call: Call) -> Json:
    call.params.done()
    return call.account.get("charge", call.path["id"])


def charges(call: Call) -> Json:
    params = call.params
    rows = call.account.all(
        "charge",
        payment_intent=params.text("payment_intent"),
        customer=params.text("customer"),
    )
    rows = created(params, rows)
    found = page(params, rows, "/v1/charges")
    params.done()
    return found


ADDRESSES = (
    ("GET", "account", mine),
    ("GET", "charges", charges),
    ("GET", "charges/{id}", charge),
)
