"""Disputes: made by a test card or the control port; here they are read and given up."""

from __future__ import annotations

from infra.localcloud.stripe import charging
from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.listing import created, page
from infra.localcloud.stripe.world import Call


def retrieve(call: Call) -> Json:
    call.params.done()
    return call.account.get("dispute", call.path["id"])


def close(call: Call) -> Json:
    """The merchant does not fight: lost."""
    call.params.done()
    found = call.account.get("dispute", call.path["id"])
    charging.close_dispute(call.world, call.account, found, won=False)
    return found


def listed(call: Call) -> Json:
    params = call.params
    rows = call.account.all(
        "dispute", payment_intent=params.text("payment_intent"), charge=params.text("charge")
    )
    found = page(params, created(params, rows), "/v1/disputes")
    params.done()
    return found


ADDRESSES = (
    ("GET", "disputes", listed),
    ("GET", "disputes/{id}", retrieve),
    ("POST", "disputes/{id}/close", close),
)
