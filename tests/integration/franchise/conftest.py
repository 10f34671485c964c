"""Vouchers and people for the franchise's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import Role, User
from franchise.money import Money
from franchise.vouchers import services as vouchers
from franchise.vouchers.services import Issued

Issue = Callable[..., Issued]
LogIn = Callable[..., Client]


@pytest.fixture
def issue() -> Issue:
    """Issue a voucher of OMR 12.345 for one Organization, or as the arguments say."""

    def make(**changes: Any) -> Issued:
        values: dict[str, Any] = {
            "credit": Money(12_345, "OMR"),
            "max_redemptions": 1,
            "expires_at": timezone.now() + timedelta(days=1),
            "actor": "seller@omantel.example",
        }
        return vouchers.issue(**{**values, **changes})

    return make


@pytest.fixture
def log_in(db: None) -> LogIn:
    """A browser with the session of a new person who has these roles."""

    def make(*roles: str) -> Client:
        email = f"{'-'.join(roles) or 'nobody'}-{User.objects.count()}@example.com"
        user = User.objects.create(subject=email, email=email, roles=list(roles))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def seller(log_in: LogIn) -> Client:
    return log_in(Role.SOVEREIGN_ADMIN)


@pytest.fixture
def unlimited(lower: Callable[[str, int], None]) -> None:
    """As many tries at vouchers as a test needs, from the one address that all tests have."""
    for action in (
        *("redeem", "redeem-all", "redeem-account"),
        *("preview", "preview-account", "preview-all"),
    ):
        lower(action, 1_000_000)
