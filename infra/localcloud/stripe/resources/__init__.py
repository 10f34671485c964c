"""The addresses of the API, one module for each kind of object."""

from __future__ import annotations

from starlette.routing import Route

from infra.localcloud.stripe.api import Api
from infra.localcloud.stripe.resources import (
    account,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    sessions,
    webhook_endpoints,
)

ROOMS = (
    account,
    customers,
    payment_methods,
    payment_intents,
    sessions,
    refunds,
    disputes,
    events,
    webhook_endpoints,
)


def routes(api: Api) -> list[Route]:
    return [
        api.route(method, f"/v1/{path}", handle)
        for room in ROOMS
        for method, path, handle in room.ADDRESSES
    ]
