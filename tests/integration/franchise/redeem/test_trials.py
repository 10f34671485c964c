"""Randomised customers at once on randomised codes: what is given never exceeds what may be.

`CATALYST_REDEEM_TRIALS` says how many tries in all; each is one customer's one click.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from franchise.money import Money
from franchise.redeem.services import Redeemed, redeem
from franchise.vouchers.models import Redemption, VoucherCode
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.books import books

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = int(os.environ.get("CATALYST_REDEEM_TRIALS", "400"))
AT_ONCE = 25
REFUSALS = {"ExhaustedCode", "AlreadyUsed", "KeyReused", "SlugTaken", "LimitReached"}


def test_given_random_customers_keys_and_names_when_at_once_then_caps_hold_and_books_agree(
    of_campaign, issue
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)  # a failing run says how to repeat its choices
    codes = [
        *(issue(max_redemptions=chance.randint(1, 8)).code for _ in range(4)),
        *(of_campaign(max_redemptions=chance.randint(1, 20)).code for _ in range(2)),
        of_campaign(budget=Money(30_000, "OMR"), per_person=3).code,
    ]
    outcomes: Counter[str] = Counter()
    for first in range(0, TRIALS, AT_ONCE):
        # One person may click twice with one key, or come with several; short names clash.
        clicks = [
            (chance.choice(codes), chance.randint(first, first + 15), chance.randint(0, 1))
            for _ in range(AT_ONCE)
        ]

        def click(number: int, clicks=clicks) -> Redeemed:  # type: ignore[no-untyped-def]
            code, person, again = clicks[number]
            return redeem(
                code=code,
                email=f"person{person}@example.com",
                organization_name=f"Shop {person // 2} x",
                idempotency_key=f"{person}-{again}",
            )

        outcomes.update(type(answer).__name__ for answer in at_once(AT_ONCE, click))

    found = books()
    assert found.is_one_to_one, (seed, found)
    assert set(outcomes) <= {"Redeemed", *REFUSALS}, (seed, outcomes)
    for voucher in VoucherCode.objects.select_related("campaign"):
        uses = Redemption.objects.filter(voucher=voucher).count()
        assert uses == voucher.redeemed <= voucher.max_redemptions, seed
        cap = voucher.campaign.max_redemptions
        assert cap is None or voucher.campaign.redeemed <= cap, seed
    assert 0 < found.redemptions < TRIALS
