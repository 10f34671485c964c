"""The control port: whoever sets the stage opens accounts, disputes charges, disturbs webhooks.

Not part of Stripe's protocol. Loopback only, with a key.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.serving import Endpoint, keyed
from infra.localcloud.stripe import charging, checkout
from infra.localcloud.stripe.book import Account
from infra.localcloud.stripe.cards import BY_NUMBER
from infra.localcloud.stripe.deliveries import ORDERS, Way
from infra.localcloud.stripe.errors import StripeError
from infra.localcloud.stripe.faults import BadFault
from infra.localcloud.stripe.resources import refunds
from infra.localcloud.stripe.world import World

Json = dict[str, Any]


class Stage:
    """What can be asked of the control port. `{account}` is an account's id."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def healthz(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "accounts": len(self._world.book.accounts)})

    async def open(self, request: Request) -> Response:
        """A new account with keys of its own."""
        asked = await request.json()
        account = self._world.book.open(country=str(asked.get("country", "OM")))
        return JSONResponse({"id": account.id, "secret_key": account.secret_key}, 201)

    async def close(self, request: Request) -> Response:
        account = self._account(request)
        self._world.faults.forgive(account.id)
        self._world.book.close(account)
        return Response(status_code=204)

    async def pay(self, request: Request) -> Response:
        """What the customer does on the payment page: `number`, `email`; or `late: true`."""
        account, asked = self._account(request), await request.json()
        session = account.get("checkout.session", request.path_params["id"])
        checkout.must_be_open(session)
        email = str(asked.get("email", "payer@example.com"))
        try:
            if asked.get("late"):
                intent = checkout.pay_late(self._world, account, session, email=email)
            else:
                card = BY_NUMBER[asked.get("number", "4242424242424242")]
                intent = checkout.pay(self._world, account, session, card, email=email, proved=True)
        finally:
            self._world.book.save(account)
        return JSONResponse({"payment_intent": intent["id"], "status": intent["status"]})

    async def arrive(self, request: Request) -> Response:
        """A payment by bank ends: `{"fails": false}`."""
        account, asked = self._account(request), await request.json()
        session = account.get("checkout.session", request.path_params["id"])
        card = BY_NUMBER["4242424242424242"]
        fails = bool(asked.get("fails"))
        checkout.arrive(self._world, account, session, fails=fails, card=card)
        self._world.book.save(account)
        return JSONResponse(session)

    async def expire(self, request: Request) -> Response:
        """Time is up for a session."""
        account = self._account(request)
        session = account.get("checkout.session", request.path_params["id"])
        checkout.must_be_open(session)
        checkout.expire(self._world, account, session)
        self._world.book.save(account)
        return JSONResponse(session)

    async def dispute(self, request: Request) -> Response:
        """The customer of a charge asks their bank for the money: `reason`."""
        account, asked = self._account(request), await request.json()
        charge = account.get("charge", request.path_params["id"])
        reason = str(asked.get("reason", "fraudulent"))
        made = charging.dispute(self._world, account, charge, reason=reason)
        self._world.book.save(account)
        return JSONResponse(made, 201)

    async def close_dispute(self, request: Request) -> Response:
        """The bank decides: `{"won": true}` for the shop."""
        account, asked = self._account(request), await request.json()
        found = account.get("dispute", request.path_params["id"])
        charging.close_dispute(self._world, account, found, won=bool(asked["won"]))
        self._world.book.save(account)
        return JSONResponse(found)

    async def fail_refund(self, request: Request) -> Response:
        account = self._account(request)
        found = account.get("refund", request.path_params["id"])
        refunds.fail(self._world, account, found)
        self._world.book.save(account)
        return JSONResponse(found)

    async def webhooks(self, request: Request) -> Response:
        """GET: how they travel and what was tried. PUT `held`, `copies`, `lost`, `delay`."""
        post = self._world.deliveries.post(self._account(request))
        if request.method == "PUT":
            post.way = Way(**await request.json())
        return JSONResponse(
            {
                "way": asdict(post.way),
                "waiting": [event for event, _ in post.waiting],
                "attempts": [asdict(one) for one in post.attempts],
            }
        )

    async def release(self, request: Request) -> Response:
        """Send what was held: `order` (as made, reversed, shuffled), `copies`."""
        account, asked = self._account(request), await request.json()
        if asked.get("order", ORDERS[0]) not in ORDERS:
            return _refuse(f"order is one of {', '.join(ORDERS)}")
        statuses = await self._world.deliveries.release(
            account, order=asked.get("order", ORDERS[0]), copies=int(asked.get("copies", 1))
        )
        return JSONResponse({"statuses": statuses})

    async def resend(self, request: Request) -> Response:
        """One event once more, now."""
        account = self._account(request)
        event = account.get("event", request.path_params["id"])
        return JSONResponse({"statuses": await self._world.deliveries.resend(account, event)})

    async def faults(self, request: Request) -> Response:
        """POST adds one (faults.py), DELETE forgives all of the account."""
        account = self._account(request)
        if request.method == "DELETE":
            self._world.faults.forgive(account.id)
            return Response(status_code=204)
        try:
            fault = self._world.faults.add(account.id, await request.json())
        except BadFault as error:
            return _refuse(str(error))
        return JSONResponse(asdict(fault), 201)

    def _account(self, request: Request) -> Account:
        """Raises StripeError."""
        found = self._world.book.accounts.get(request.path_params["account"])
        if found is None:
            raise StripeError(404, "no_account", "no such account")
        return found


def build_admin(world: World, key: str) -> Starlette:
    """The ASGI application of the control port."""
    stage = Stage(world)
    guarded = keyed(key, lambda: _refuse("the admin key is missing or wrong", 401))

    def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
        return Route(f"/accounts{path}", guarded(_plain(endpoint)), methods=methods)

    return Starlette(
        routes=[
            Route("/healthz", stage.healthz),
            route("", stage.open, "POST"),
            route("/{account}", stage.close, "DELETE"),
            route("/{account}/sessions/{id}/pay", stage.pay, "POST"),
            route("/{account}/sessions/{id}/arrive", stage.arrive, "POST"),
            route("/{account}/sessions/{id}/expire", stage.expire, "POST"),
            route("/{account}/charges/{id}/dispute", stage.dispute, "POST"),
            route("/{account}/disputes/{id}/close", stage.close_dispute, "POST"),
            route("/{account}/refunds/{id}/fail", stage.fail_refund, "POST"),
            route("/{account}/webhooks", stage.webhooks, "GET", "PUT"),
            route("/{account}/webhooks/release", stage.release, "POST"),
            route("/{account}/events/{id}/resend", stage.resend, "POST"),
            route("/{account}/faults", stage.faults, "POST", "DELETE"),
        ]
    )


def _plain(endpoint: Endpoint) -> Endpoint:
    """Stripe's own refusals, said here too."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except StripeError as no:
            return JSONResponse({"error": no.error}, no.status)

    return answer


def _refuse(message: str, status: int = 422) -> Response:
    return JSONResponse({"error": message}, status)
