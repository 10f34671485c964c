"""Somebody with an Organization, credit, a catalog, and a till that takes cards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

import franchise.tasks  # noqa: F401 - the topics' handlers
from catalyst.identity.models import User
from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from franchise.billing import payments
from franchise.billing.models import Order, Subscription, TaxRate
from franchise.billing.orders import services as orders
from franchise.catalog import services as catalog
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.services import Organization
from tests.integration.franchise.billing.till import Till

Buy = Callable[..., Order]


@pytest.fixture
def goods(db: None) -> None:
    """Plans S (OMR 5) to XL, and Oman's tax; transactional tests empty these tables."""
    catalog.seed()
    TaxRate.objects.get_or_create(
        country="OM", valid_from=date(2021, 4, 16), defaults={"name": "VAT", "basis_points": 500}
    )


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create(subject="fatma@acme.example", email="fatma@acme.example")


@pytest.fixture
def acme(owner: User, goods: None) -> Organization:
    return organizations.create(name="Acme", owner_email=owner.email, user=owner)


@pytest.fixture
def give(acme: Organization) -> Callable[..., Any]:
    """Credit in baisa, without an end unless said."""

    def make(minor: int, **changes: Any) -> Any:
        values: dict[str, Any] = {
            "organization_id": acme.pk, "amount": Money(minor, "OMR"), "category": "promotional",
            "source": f"test:{uuid.uuid4()}", "actor": "test",
        }  # fmt: skip
        with transaction.atomic():
            return ledger.grant(**{**values, **changes})

    return make


@pytest.fixture
def till() -> Iterator[Till]:
    """Takes cards for as long as the test runs."""
    made = Till()

    def is_there() -> Till:
        return made

    payments.offer(is_there)
    yield made
    payments.withdraw(is_there)


@pytest.fixture
def buy(acme: Organization, owner: User) -> Buy:
    """Buy Plan M (OMR 9.000 with its tax), or as the arguments say."""

    def make(**changes: Any) -> Order:
        cart = orders.Cart(plan=changes.pop("plan", "m"), units=changes.pop("units", None))
        values: dict[str, Any] = {
            "organization_id": acme.pk, "user": owner, "cart": cart,
            "expected_fingerprint": orders.offer(cart=cart).fingerprint,
            "idempotency_key": str(uuid.uuid4()),
        }  # fmt: skip
        return orders.place(**{**values, **changes})

    return make


@pytest.fixture
def paid_by_card(till: Till, buy: Buy) -> Buy:
    """An order whose card part was paid."""

    def make(**changes: Any) -> Order:
        order = buy(**changes)
        orders.paid(
            order_id=order.pk, reference=f"pi_{order.number}", amount=order.money("card"),
            event="evt_1",
        )  # fmt: skip
        return Order.objects.get(pk=order.pk)

    return make


@pytest.fixture
def later() -> Callable[..., None]:
    """As if so much time had gone by for every subscription (the database's clock stays)."""

    def move(span: timedelta) -> None:
        Subscription.objects.update(
            period_start=F("period_start") - span, period_end=F("period_end") - span,
            retry_at=F("retry_at") - span,
        )  # fmt: skip

    return move


def credit_of(organization: Organization) -> int:
    """What can be spent, in baisa."""
    return ledger.available(organization_id=organization.pk, currency="OMR").minor


@pytest.fixture
def drained() -> Callable[[], int]:
    """Let a worker keep what is promised, billing's topics only: mails have their own tests."""

    def drain() -> int:
        OutboxItem.objects.filter(topic="franchise.mail").delete()
        return outbox.drain()

    return drain
