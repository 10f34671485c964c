"""Campaigns with rules, and customers who belong to an Organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalyst.identity.models import User
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.models import Membership, Organization
from franchise.vouchers import services as vouchers
from franchise.vouchers.services import Issued, Rules
from tests.integration.franchise.conftest import issue, log_in, unlimited

__all__ = ["issue", "log_in", "unlimited"]
Of = Callable[..., Issued]
Join = Callable[..., tuple[User, Organization]]


@pytest.fixture
def of_campaign() -> Of:
    """A code for a thousand uses of a campaign with these rules: OMR 10 unless said otherwise."""

    def make(**rules: Any) -> Issued:
        wanted = Rules(**{"name": "Launch", "credit": Money(10_000, "OMR"), **rules})
        campaign = vouchers.create_campaign(wanted=wanted, actor="seller")
        return vouchers.add_code(campaign_id=campaign.pk, max_redemptions=1000, actor="seller")

    return make


@pytest.fixture
def join() -> Join:
    """Somebody with an Organization, as its owner or with another role beside its owner."""

    def made(name: str = "Acme", role: str = "owner") -> tuple[User, Organization]:
        email = f"{name.lower()}-{role}@example.com"
        user = User.objects.create(subject=email, email=email)
        owner = email if role == "owner" else f"{name.lower()}-boss@example.com"
        mine = user if role == "owner" else None
        organization = organizations.create(name=name, owner_email=owner, user=mine)
        if role != "owner":
            Membership.objects.create(organization=organization, email=email, user=user, role=role)
        return user, organization

    return made
