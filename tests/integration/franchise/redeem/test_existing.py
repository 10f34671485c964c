"""A customer who is there already puts a voucher on an Organization of theirs."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from catalyst.identity.models import User
from catalyst.problem import NotFound, Problem
from franchise.ledger import services as ledger
from franchise.ledger.models import Grant
from franchise.mails.models import Mail
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.organizations.problems import RoleTooSmall
from franchise.redeem.services import Redeemed, redeem_for
from franchise.vouchers.models import Redemption, VoucherCode
from franchise.vouchers.problems import AlreadyUsed, KeyReused, NotForThisOrganization
from franchise.vouchers.services import Issued
from tests.integration.franchise.books import books

pytestmark = pytest.mark.django_db


def use(issued: Issued, user: User, organization: Organization, **changes: Any) -> Redeemed:
    values = {"idempotency_key": str(uuid.uuid4()), "organization_id": organization.pk, **changes}
    return redeem_for(code=issued.code, user=user, **values)


@pytest.mark.parametrize("role", ["owner", "admin", "billing"])
def test_given_a_member_who_looks_after_money_when_redeemed_then_it_has_the_credit(
    issue, join, role: str
) -> None:
    user, organization = join(role=role)
    redeemed = use(issue(), user, organization)

    done = Redemption.objects.get()
    assert redeemed == Redeemed(organization, Money(12_345, "OMR"), done.pk)
    assert ledger.available(organization_id=organization.pk, currency="OMR") == redeemed.amount
    assert Organization.objects.count() == 1
    assert Mail.objects.get().to == user.email
    assert books().is_one_to_one


@pytest.mark.parametrize("role", ["developer", "viewer", "security"])
def test_given_a_member_without_that_role_when_redeemed_then_refused_and_nothing_burnt(
    issue, join, role: str
) -> None:
    user, organization = join(role=role)
    with pytest.raises(RoleTooSmall):
        use(issue(), user, organization)
    assert books().redemptions == 0 and books().of_codes == 0


def test_proof_17_given_somebody_elses_organization_when_redeemed_then_as_if_there_were_none(
    issue, join
) -> None:
    user, _ = join("Acme")
    _, other = join("Other")
    with pytest.raises(NotFound) as foreign:
        use(issue(), user, other)
    with pytest.raises(NotFound) as unknown:
        use(issue(), user, other, organization_id=2**40)
    assert foreign.value.as_dict() == unknown.value.as_dict()


def test_given_a_suspended_organization_when_redeemed_then_refused(issue, join) -> None:
    user, organization = join()
    organizations.suspend(
        organization_id=organization.pk, because=organizations.Cause.STAFF, actor="x", words="Why"
    )
    with pytest.raises(Problem) as caught:
        use(issue(), user, organization)
    assert caught.value.status == 403
    assert VoucherCode.objects.get().redeemed == 0


def test_w10_given_one_organization_when_another_member_redeems_the_same_code_then_already_used(
    issue, join
) -> None:
    issued = issue(max_redemptions=9)
    user, organization = join()
    colleague = User.objects.create(subject="c", email="colleague@example.com")
    organization.memberships.create(email=colleague.email, user=colleague, role="billing")
    use(issued, user, organization)
    with pytest.raises(AlreadyUsed) as caught:
        use(issued, colleague, organization)
    assert caught.value.extra["organization"] == organization.slug


def test_given_the_same_key_when_sent_for_another_organization_then_refused(issue, join) -> None:
    issued, key = issue(max_redemptions=9), str(uuid.uuid4())
    user, organization = join()
    second = organizations.create(name="Second", owner_email=user.email, user=user)
    first = use(issued, user, organization, idempotency_key=key)
    assert use(issued, user, organization, idempotency_key=key) == first
    with pytest.raises(KeyReused):
        use(issued, user, second, idempotency_key=key)
    assert books().redemptions == 1


def test_given_a_campaign_for_some_plans_when_an_organization_has_another_then_refused(
    of_campaign, join
) -> None:
    user, organization = join()
    Organization.objects.update(plan="s")
    with pytest.raises(NotForThisOrganization):
        use(of_campaign(plans=("m", "l")), user, organization)
    assert use(of_campaign(plans=("s",)), user, organization).organization == organization


def test_given_first_orders_only_when_it_has_bought_before_then_refused(of_campaign, join) -> None:
    user, organization = join()
    use(of_campaign(first_order_only=True), user, organization)
    ledger.spend(
        organization_id=organization.pk, amount=Money(10, "OMR"), source="order:1", actor="x"
    )
    with pytest.raises(NotForThisOrganization):
        use(of_campaign(first_order_only=True), user, organization)


def test_given_credit_that_ends_when_redeemed_then_the_grant_ends_so_many_days_later(
    of_campaign, join
) -> None:
    user, organization = join()
    use(of_campaign(credit_expires_days=30), user, organization)
    grant = Grant.objects.get()
    assert grant.expires_at is not None
    assert (grant.expires_at - grant.created_at).days in (29, 30)
