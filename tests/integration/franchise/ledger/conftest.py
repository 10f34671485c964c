"""Organizations with credit, and what the book says of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction

from franchise.ledger import services as ledger
from franchise.ledger.models import Category, Grant
from franchise.money import Money
from franchise.organizations.models import Organization

Give = Callable[..., Grant]


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization()


def make_organization(slug: str = "") -> Organization:
    slug = slug or f"o{uuid.uuid4().hex[:12]}"
    return Organization.objects.create(slug=slug, name=slug, owner_email=f"{slug}@example.com")


@pytest.fixture
def give(organization: Organization) -> Give:
    """Give the Organization so many baisa of promotional credit, or as the arguments say."""

    def make(minor: int, *, ends: datetime | None = None, **changes: Any) -> Grant:
        values: dict[str, Any] = {
            "organization_id": organization.pk,
            "amount": Money(minor, "OMR"),
            "category": Category.PROMOTIONAL,
            "source": f"test:{uuid.uuid4()}",
            "actor": "test",
            "expires_at": ends,
        }
        with transaction.atomic():
            return ledger.grant(**{**values, **changes})

    return make


@pytest.fixture(autouse=True)
def the_book_fits(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that did not undo what it broke."""
    yield
    undone = connection.in_atomic_block and transaction.get_rollback()
    if "db" in request.fixturenames and not undone:
        must_be_sound()


def must_be_sound() -> None:
    """What a COMMIT would look at, and the nightly check."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert ledger.check() == []


def omr(minor: int) -> Money:
    return Money(minor, "OMR")


def spendable(organization: Organization) -> int:
    return ledger.available(organization_id=organization.pk, currency="OMR").minor
