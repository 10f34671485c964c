"""A shop that takes cards by the local cloud's Stripe, in an account of the test's own."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings

from catalyst.vault.secret import Secret
from franchise.billing.models import Order, WebhookEvent
from franchise.billing.orders import checkout
from franchise.billing.settings import services as billing
from franchise.billing.settings.models import BillingSecret
from franchise.billing.webhooks import services as webhooks
from tests.contract.stripe.stage import Stage

PAGES = {"success_url": "https://shop.example/done", "cancel_url": "https://shop.example/cart"}
WANTED = sorted(webhooks.HANDLED)


@dataclass
class Shop:
    """`secret`: of the webhook endpoint. Webhooks are held by Stripe until a test lets them go."""

    stage: Stage
    secret: str

    @property
    def v1(self) -> stripe.V1Services:
        return self.stage.client.v1

    def open_page(self, order: Order) -> Order:
        """The customer is sent to Stripe's page."""
        return checkout.checkout(order_id=order.pk, **PAGES)

    def pay(self, order: Order, **how: Any) -> str:
        """Pay on the page; returns the payment's id."""
        page = self.open_page(order).checkout_reference
        paid: str = self.stage.pay(page, **how)["payment_intent"]
        return paid

    def events(self, *types: str) -> list[stripe.Event]:
        """What happened at Stripe up to now and we want to hear of, oldest first."""
        wanted: Any = {"types": list(types or WANTED), "limit": 100}
        return self.v1.events.list(wanted).data[::-1]

    def deliver(self, *events: stripe.Event) -> list[str]:
        """Each, signed, to the inbox; what it is there then."""
        return [webhooks.receive(**self.signed(event)) for event in events]

    def signed(self, event: stripe.Event | dict[str, Any], *, at: int | None = None) -> Any:
        facts = event if isinstance(event, dict) else event.to_dict()
        body = json.dumps(facts, indent=2)
        signature = stripe.WebhookSignature.generate_signature_header(
            body, self.secret, at or int(time.time())
        )
        return {"body": body.encode(), "signature": signature}


def open_shop(stage: Stage) -> Shop:
    """With the account's key and an endpoint's secret, kept where billing keeps them."""
    endpoint = stage.client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/nowhere", "enabled_events": WANTED}  # type: ignore[typeddict-item]
    )
    stage.webhooks(lost=True)
    assert endpoint.secret
    keys = {
        BillingSecret.Name.API_KEY.value: stage.key,
        BillingSecret.Name.WEBHOOK.value: Secret(endpoint.secret),
    }
    billing.change(actor="test", changes={}, secrets=keys)
    assert settings.CATALYST.stripe_url == stage.url
    return Shop(stage, endpoint.secret)


def rows() -> dict[str, str]:
    """Type and state of what is in the inbox."""
    return dict(WebhookEvent.objects.values_list("type", "state"))
