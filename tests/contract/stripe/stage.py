"""Sets the stage at the local cloud's Stripe: accounts, what customers do there, faults."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import stripe

from catalyst.embedded.state import StackState
from catalyst.vault.secret import Secret
from franchise.billing.stripe.client import Https, Link

Json = dict[str, Any]
GOOD = "4242424242424242"


class Stage:
    """`client`: Stripe's own library with the account's key."""

    def __init__(self) -> None:
        self.state = StackState.load()
        self._control = httpx.Client(
            base_url=str(self.state.stripe_admin_url),
            headers={"Authorization": f"Bearer {self.state.stripe_admin_key}"},
            timeout=30,
        )
        made = self._answer(self._control.post("/accounts", json={}))
        self.account: str = made["id"]
        self.key = Secret(made["secret_key"])
        self.client = stripe.StripeClient(
            self.key.reveal(),
            base_addresses={"api": self.url},
            http_client=Https(self.state.ca_bundle),
            max_network_retries=0,
        )

    @property
    def url(self) -> str:
        return str(self.state.stripe_url)

    @property
    def link(self) -> Link:
        return Link(self.key, self.url, self.state.ca_bundle)

    def close(self) -> None:
        self._control.delete(f"/accounts/{self.account}")
        self._control.close()

    def post(self, path: str, /, **asked: Any) -> Json:
        """At the control port, below the account."""
        return self._answer(self._control.post(f"/accounts/{self.account}/{path}", json=asked))

    def webhooks(self, **way: Any) -> Json:
        path = f"/accounts/{self.account}/webhooks"
        answer = self._control.put(path, json=way) if way else self._control.get(path)
        return self._answer(answer)

    def fault(self, kind: str, **more: Any) -> None:
        self.post("faults", kind=kind, **more)

    def pay(self, session: str, **how: Any) -> Json:
        """As the customer on the payment page, who proves to the bank whatever it asks."""
        return self.post(f"sessions/{session}/pay", **how)

    def _answer(self, answer: httpx.Response) -> Json:
        found: Json = answer.json() if answer.content else {}
        if answer.status_code >= 400:
            raise Refused(answer.status_code, found)
        return found


class Refused(Exception):
    """The control port said no."""


def line(amount: int, currency: str = "omr", *, quantity: int = 1) -> Json:
    return {
        "price_data": {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": "Plan M"},
        },
        "quantity": quantity,
    }


def session(stage: Stage, *, amount: int = 6_280, **more: Any) -> stripe.checkout.Session:
    """An open session over OMR 6.280."""
    params: Any = {
        "mode": "payment",
        "line_items": [line(amount)],
        "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cart",
        **more,
    }
    return stage.client.v1.checkout.sessions.create(params)


def customer_with_card(stage: Stage, token: str = "pm_card_visa") -> tuple[str, str]:
    """A customer and the payment method attached to it."""
    customer = stage.client.v1.customers.create({"email": "owner@acme.example"})
    method = stage.client.v1.payment_methods.attach(token, {"customer": customer.id})
    return customer.id, method.id


@dataclass
class Listener:
    """A server somewhere that takes webhooks, or says no a few times first."""

    refuse: int = 0
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    path: str = field(default_factory=lambda: f"/{secrets.token_hex(4)}")

    def __enter__(self) -> Listener:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.bodies.append(body)
                listener.signatures.append(self.headers["Stripe-Signature"])
                refused = len(listener.bodies) <= listener.refuse
                self.send_response(500 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.path}"
