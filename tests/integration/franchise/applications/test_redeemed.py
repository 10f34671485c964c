"""A code that brings the first App, and giving its use back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from franchise.applications import services as apps
from franchise.applications.services import App
from franchise.billing.orders.models import Order
from franchise.billing.orders.problems import CreditTooSmall
from franchise.catalog import services as catalog
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations.models import Membership, Organization
from franchise.redeem import services as redeem
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from franchise.vouchers.services import Issued
from tests.integration.franchise.applications.conftest import work_until
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.wishes import state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]


@pytest.fixture
def issued(here: Stage) -> Issued:
    catalog.seed()
    return worth(12_345)


def worth(minor: int) -> Issued:
    return vouchers.issue(
        credit=Money(minor, "OMR"),
        max_redemptions=1,
        expires_at=timezone.now() + timedelta(days=1),
        actor="seller@omantel.example",
    )


def use(issued: Issued, **changes: Any) -> redeem.Redeemed:
    asked = {
        "code": issued.code,
        "email": "fatma@acme.example",
        "organization_name": "Acme",
        "idempotency_key": "one",
        "blueprint": "radicale",
        **changes,
    }
    return redeem.redeem(**asked)


def test_given_a_code_and_an_app_when_redeemed_then_all_of_it_comes_to_be(issued: Issued) -> None:
    redeemed = use(issued)
    app = redeemed.app
    assert app is not None
    assert redeem.status(redeemed.redemption_id).state == "credit_granted"
    work_until(lambda: state(app) == "ready")
    status = redeem.status(redeemed.redemption_id)
    assert (status.state, status.app, status.problem) == ("ready", app, None)
    organization = Organization.objects.get()
    assert organization.plan == "s" and organization.environments.count() == 1
    paid = Order.objects.get()
    left = Money(12_345 - paid.total.minor, "OMR")
    assert ledger.available(organization_id=organization.pk, currency="OMR") == left
    assert not ledger.check()

    again = use(issued)
    assert (again.redemption_id, again.app) == (redeemed.redemption_id, app)
    assert App.objects.count() == 1 and Order.objects.count() == 1

    with pytest.raises(redeem.CreditUsed):
        redeem.give_back(
            redemption_id=redeemed.redemption_id, by=Membership.objects.get(role="owner")
        )


def test_given_too_little_credit_for_the_plan_when_redeemed_then_nothing_is_burnt(
    here: Stage,
) -> None:
    catalog.seed()
    with pytest.raises(CreditTooSmall):
        use(worth(500))
    assert not Redemption.objects.exists() and not Organization.objects.exists()
    assert VoucherCode.objects.get().redeemed == 0


def test_given_an_app_that_is_not_sold_when_redeemed_then_nothing_is_burnt(issued: Issued) -> None:
    with pytest.raises(apps.NotInstallable):
        use(issued, blueprint="wordpress")
    assert not Redemption.objects.exists() and not Organization.objects.exists()


def test_given_an_app_that_never_came_when_given_back_then_the_code_works_again(
    here: Stage, issued: Issued
) -> None:
    here.front.everything = 503
    redeemed = use(issued)
    owner = Membership.objects.get(role="owner")
    redeem.give_back(redemption_id=redeemed.redemption_id, by=owner)
    redeem.give_back(redemption_id=redeemed.redemption_id, by=owner)
    assert redeem.status(redeemed.redemption_id).state == "released"
    assert VoucherCode.objects.get().redeemed == 0
    campaign = Campaign.objects.get()
    assert (campaign.redeemed, campaign.spent_minor) == (0, 0)
    organization = Organization.objects.get()
    assert ledger.available(organization_id=organization.pk, currency="OMR") == Money(0, "OMR")
    assert organization.plan == "" and not ledger.check()
    app = App.objects.get()
    work_until(lambda: state(app) == "removed")

    second = use(issued, idempotency_key="two", organization_name="Other")
    assert second.redemption_id != redeemed.redemption_id
