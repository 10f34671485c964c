"""Apps that were bought are installed when they are paid for: promised with the payment, done once.

What was wanted of an order, and what refused, stands among its events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from catalyst.problem import Problem
from catalyst.work import outbox
from franchise.applications import services as applications
from franchise.applications.models import App
from franchise.billing.orders import services as orders
from franchise.billing.orders.machine import tell
from franchise.billing.orders.models import Order
from franchise.catalog.models import Kind
from franchise.organizations.environments import services as environments

TOPIC = "franchise.site.install"
DONE = "apps-wanted"
BY_CART = "cart:"  # other ways to order install by themselves


@dataclass(frozen=True, slots=True)
class Bought:
    """The Apps of an order. `waits`: a worker has not come to it yet; `refused`: slug → why."""

    apps: list[App] = field(default_factory=list)
    refused: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False


def register() -> None:
    """Called once, when the app starts."""
    orders.on_paid(promise)


def promise(order: Order) -> None:
    """Joins the payment's transaction."""
    if applications.enabled() and _slugs(order) and order.idempotency_key.startswith(BY_CART):
        outbox.put(topic=TOPIC, key=order.number)


def install(*, number: str) -> None:
    """The worker's part. One App that cannot be installed keeps no other from it."""
    with transaction.atomic():
        order = orders.lock(Order.objects.only("pk").get(number=number).pk)
        if order.events.filter(kind=DONE).exists():
            return
        [first, *_others] = environments.of_organization(organization_id=order.organization_id)
        labels, refused = [], {}
        for slug in _slugs(order):
            try:
                made = applications.install(
                    organization_id=order.organization_id, environment_id=first.pk,
                    blueprint=slug, actor=order.placed_by,
                )  # fmt: skip
            except Problem as problem:
                refused[slug] = f"{problem.title}. {problem.detail}"
            else:
                labels.append(made.label)
        tell(order, DONE, actor=orders.SYSTEM, facts={"labels": labels, "refused": refused})


def of_order(order: Order) -> Bought:
    """For the order's page."""
    told = order.events.filter(kind=DONE).first()
    if told is None:
        asked = order.idempotency_key.startswith(BY_CART) and applications.enabled()
        return Bought(waits=bool(asked and order.paid_at and _slugs(order)))
    rows = App.objects.filter(
        organization_id=order.organization_id, label__in=told.facts["labels"]
    ).exclude(state=App.State.REMOVED)
    return Bought(list(rows.order_by("name")), told.facts["refused"])


def _slugs(order: Order) -> list[str]:
    return [line["slug"] for line in order.quote["lines"] if line["kind"] == Kind.OFFER]
