"""Many sellers and customers at the same moment: one code once, no promise broken by an edit."""

from __future__ import annotations

from collections import Counter

import pytest

from catalyst.vault.secret import Secret
from franchise.money import Money
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.vouchers.conftest import SELLER
from tests.integration.franchise.vouchers.test_campaigns import code_of, use

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_given_one_code_when_20_sellers_choose_it_at_once_then_one_has_it(start) -> None:
    campaign = start()
    ways = ["OMANTEL-LAUNCH-100", "omantel launch 1OO"]
    answers = at_once(20, lambda number: code_of(campaign, code=Secret(ways[number % 2])))
    assert kinds(answers) == {"Issued": 1, "CodeTaken": 19}
    assert VoucherCode.objects.count() == 1


def test_proof_07_given_customers_at_once_when_sellers_edit_then_counters_rows_and_credit_agree(
    start,
) -> None:
    campaign = start()
    issued = code_of(campaign, max_redemptions=40)

    def act(number: int) -> object:
        if number % 4:
            return use(issued.code)
        change = {"credit": Money(6_000, "OMR")} if number % 8 else {"max_redemptions": 10}
        return vouchers.edit_campaign(
            campaign_id=campaign.pk, changes=change, version=None, actor=SELLER
        )

    answers = at_once(24, act)
    now, rows = Campaign.objects.get(), Redemption.objects.all()
    used = kinds(answers)["Redeemed"]
    assert now.redeemed == rows.count() == used == VoucherCode.objects.get().redeemed
    assert now.spent_minor == sum(row.amount_minor for row in rows)
    assert {row.amount_minor for row in rows} <= {now.credit_minor}
    assert now.max_redemptions is None or now.redeemed <= now.max_redemptions
    allowed = {"Redeemed", "Campaign", "InUse", "Invalid", "ExhaustedCode", "Changed"}
    assert set(kinds(answers)) <= allowed
