"""Campaigns for the tests of vouchers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from franchise.catalog import services as catalog
from franchise.money import Money
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Campaign

Start = Callable[..., Campaign]
SELLER = "seller@omantel.example"


@pytest.fixture
def plans(db: None) -> None:
    """The catalog's first goods, also after a test that emptied every table."""
    catalog.seed()


@pytest.fixture
def start() -> Start:
    """A campaign of OMR 5.000 vouchers for a week, or as the arguments say."""

    def make(**changes: Any) -> Campaign:
        rules: dict[str, Any] = {
            "name": "Spring fair",
            "credit": Money(5_000, "OMR"),
            "ends_at": timezone.now() + timedelta(days=7),
        }
        wanted = vouchers.Rules(**{**rules, **changes})
        return vouchers.create_campaign(wanted=wanted, actor=SELLER)

    return make
