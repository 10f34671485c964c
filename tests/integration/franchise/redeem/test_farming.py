"""One person with many addresses, one company with many people (franchise.md §10 no. 11)."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from franchise.redeem.services import Redeemed, redeem
from franchise.vouchers import services as vouchers
from franchise.vouchers.problems import AlreadyUsed, LimitReached, UnknownCode
from franchise.vouchers.services import Issued
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.books import books


def use(issued: Issued, email: str, name: str) -> Redeemed:
    return redeem(
        code=issued.code, email=email, organization_name=name, idempotency_key=uuid.uuid4().hex
    )


@pytest.mark.django_db
def test_w10_proof_11_given_one_mailbox_under_six_addresses_when_redeemed_then_once(
    of_campaign,
) -> None:
    issued = of_campaign()
    use(issued, "fatma.ali@gmail.com", "Acme 0")
    for number, email in enumerate(
        ["fatma.ali+1@gmail.com", "fatmaali@gmail.com", "F.A.T.M.A.Ali@GoogleMail.com",
         "fatma.ali+x+y@gmail.com", " Fatma.Ali@gmail.com "], 1,
    ):  # fmt: skip
        with pytest.raises(AlreadyUsed):
            use(issued, email, f"Acme {number}")
    assert books().redemptions == 1


@pytest.mark.django_db
def test_proof_11_given_a_limit_per_domain_when_colleagues_redeem_then_so_many(of_campaign) -> None:
    issued = of_campaign(per_email_domain=2)
    for name in ("one", "two"):
        use(issued, f"{name}@shop.example", f"Shop {name}")
    with pytest.raises(LimitReached):
        use(issued, "three@shop.example", "Shop three")
    assert use(issued, "one@other.example", "Other").organization.slug == "other"


@pytest.mark.django_db
def test_proof_11_given_a_campaign_that_allows_it_when_a_company_has_a_second_organization_then_yes(
    of_campaign,
) -> None:
    issued = of_campaign(per_person=2)
    use(issued, "boss@shop.example", "Shop one")
    use(issued, "boss+second@shop.example", "Shop two")
    with pytest.raises(LimitReached):
        use(issued, "boss@shop.example", "Shop three")
    assert books().is_one_to_one and books().redemptions == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rules", [{"per_person": 3}, {"per_email_domain": 3, "per_person": 99}])
def test_proof_11_given_a_limit_above_one_when_20_redeem_at_once_then_exactly_so_many(
    of_campaign, rules: dict[str, int]
) -> None:
    issued = of_campaign(**rules)
    answers = at_once(20, lambda number: use(issued, f"boss+{number}@shop.example", f"S {number}x"))
    assert Counter(type(each).__name__ for each in answers) == {"Redeemed": 3, "LimitReached": 17}
    assert books().is_one_to_one and books().redemptions == 3


@pytest.mark.django_db
def test_given_a_code_bound_to_a_mailbox_when_another_redeems_then_unknown(of_campaign) -> None:
    campaign = of_campaign().voucher.campaign_id
    bound = vouchers.add_code(campaign_id=campaign, bound_email="fatma@acme.example", actor="x")
    with pytest.raises(UnknownCode):
        use(bound, "other@acme.example", "Other")
    assert use(bound, "Fatma+voucher@acme.example", "Acme").organization.slug == "acme"
