"""Campaigns and their codes: what can be made, what the database refuses, what states say."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalyst.models import AuditEvent, SealedSecret
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.vault.secret import Secret
from franchise.money import Money
from franchise.redeem.services import Redeemed, redeem
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from franchise.vouchers.problems import (
    AlreadyUsed,
    ExhaustedCode,
    LimitReached,
    NotStarted,
    UnknownCode,
)
from franchise.vouchers.services import CodeTaken, Issued, State, Wanted
from franchise.vouchers.states import Standing
from tests.integration.franchise.vouchers.conftest import SELLER

pytestmark = pytest.mark.django_db


def code_of(campaign: Campaign, **options: Any) -> Issued:
    return vouchers.add_code(campaign_id=campaign.pk, actor=SELLER, **options)


def use(code: Secret, email: str = "", name: str = "") -> Redeemed:
    """By a new person with a new Organization, unless it says who."""
    tag = uuid.uuid4().hex[:8]
    return redeem(
        code=code,
        email=email or f"{tag}@{tag}.example",
        organization_name=name or f"Customer {tag}",
        idempotency_key=tag,
    )


def standing_of(issued: Issued) -> str:
    return vouchers.one(voucher_id=issued.voucher.pk).state


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("amount", {"credit": Money(0, "OMR")}),
        ("amount", {"credit": Money(10**12 + 1, "OMR")}),
        ("max_redemptions", {"max_redemptions": 0}),
        ("max_redemptions", {"max_redemptions": -1}),
        ("per_organization", {"per_organization": 0}),
        ("per_person", {"per_person": -3}),
        ("per_email_domain", {"per_email_domain": 0}),
        ("credit_expires_days", {"credit_expires_days": 0}),
        ("budget", {"budget": Money(4_999, "OMR")}),
        ("budget", {"budget": Money(99_999, "USD")}),
        ("minimum_order", {"minimum_order": Money(1, "AED")}),
        ("name", {"name": "  "}),
        ("plans", {"plans": ("M ; DROP",)}),
        ("plans", {"plans": ("no-such-plan",)}),
        ("expires_on", {"ends_at": timezone.now() - timedelta(seconds=1)}),
        ("expires_on", {"starts_at": timezone.now() + timedelta(days=9)}),
    ],
)
def test_w07_given_rules_that_make_no_sense_when_created_then_refused_beside_their_field(
    start, field: str, change: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        start(**change)
    assert caught.value.extra["field"] == field
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"max_redemptions": 0},
        {"redeemed": 1},
        {"redeemed": 1, "spent_minor": 5_000, "credit_minor": 6_000},
        {"redeemed": 1, "spent_minor": 5_000, "budget_minor": 4_999},
        {"redeemed": 2, "spent_minor": 10_000, "max_redemptions": 1},
        {"per_person": 0},
        {"ends_at": F("starts_at")},
    ],
)
def test_given_a_mistaken_program_when_it_writes_a_campaign_then_the_database_refuses(
    start, change: dict[str, Any]
) -> None:
    start()
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.update(**change)


def test_given_codes_of_a_campaign_when_redeemed_then_its_counters_are_its_rows(start) -> None:
    campaign = start(budget=Money(99_000, "OMR"))
    codes = [code_of(campaign).code for _each in range(3)]
    for code in codes:
        assert use(code).amount == Money(5_000, "OMR")
    now = Campaign.objects.get()
    assert (now.redeemed, now.spent) == (3, Money(15_000, "OMR"))
    assert Redemption.objects.filter(campaign=campaign).count() == 3


def test_given_a_cap_over_all_codes_when_reached_then_the_others_are_used_up(start) -> None:
    campaign = start(max_redemptions=1)
    first, second = code_of(campaign), code_of(campaign)
    use(first.code)
    assert vouchers.preview(code=second.code).state == State.EXHAUSTED
    with pytest.raises(ExhaustedCode):
        use(second.code)
    assert standing_of(second) == Standing.EXHAUSTED


def test_given_a_budget_when_it_pays_for_no_more_then_used_up(start) -> None:
    campaign = start(budget=Money(9_999, "OMR"))
    issued = code_of(campaign, max_redemptions=5)
    use(issued.code)
    with pytest.raises(ExhaustedCode):
        use(issued.code)
    assert Campaign.objects.get().spent == Money(5_000, "OMR")


def test_given_a_campaign_of_tomorrow_when_redeemed_then_409_not_started(start) -> None:
    issued = code_of(start(starts_at=timezone.now() + timedelta(days=1)))
    assert vouchers.preview(code=issued.code).state == State.NOT_STARTED
    with pytest.raises(NotStarted) as caught:
        use(issued.code)
    assert (caught.value.status, caught.value.type) == (409, "voucher-not-started")
    assert standing_of(issued) == Standing.SCHEDULED


def test_w10_proof_11_given_one_mailbox_in_five_spellings_when_redeeming_then_once(start) -> None:
    campaign = start()
    spellings = ["a@acme.example", "A+1@acme.example", "a+2@acme.example", "a+3+4@ACME.example"]
    use(code_of(campaign).code, email=spellings[0])
    for email in spellings[1:]:
        with pytest.raises(AlreadyUsed):
            use(code_of(campaign).code, email=email)
    assert Redemption.objects.count() == 1


def test_proof_11_given_two_per_person_when_a_company_has_a_second_one_then_it_may(start) -> None:
    campaign = start(per_person=2)
    for _each in range(2):
        use(code_of(campaign).code, email="a@acme.example")
    with pytest.raises(LimitReached) as caught:
        use(code_of(campaign).code, email="a+3@acme.example")
    assert caught.value.status == 409
    assert Redemption.objects.count() == 2


def test_proof_11_given_a_limit_per_domain_when_colleagues_redeem_then_it_holds(start) -> None:
    campaign = start(per_email_domain=2)
    for name in ("a", "b"):
        use(code_of(campaign).code, email=f"{name}@acme.example")
    with pytest.raises(LimitReached):
        use(code_of(campaign).code, email="c@acme.example")
    assert use(code_of(campaign).code, email="c@other.example").organization.pk


def test_given_a_code_for_one_person_when_another_tries_then_it_is_unknown(start) -> None:
    issued = code_of(start(), bound_email="Fatma@Acme.example")
    with pytest.raises(UnknownCode):
        use(issued.code, email="thief@example.com")
    assert use(issued.code, email="fatma+work@acme.example").organization.pk


def test_given_a_chosen_code_when_issued_then_it_is_found_however_it_is_typed(start) -> None:
    issued = code_of(start(), code=Secret("omantel-launch-100"), max_redemptions=9)
    assert issued.code.reveal() == "OMANTEL-LAUNCH-100"
    assert issued.guessable
    assert issued.voucher.last4 == "H100"
    assert vouchers.preview(code=Secret("0MANTEL launch 1OO")).state == State.VALID
    assert vouchers.code_of(voucher_id=issued.voucher.pk).reveal() == "OMANTEL-LAUNCH-100"


@pytest.mark.parametrize("again", ["OMANTEL-LAUNCH-100", "omantellaunchl00", "OMANTEL LAUNCH 1OO"])
def test_given_a_code_that_was_given_out_when_chosen_again_then_409_and_nothing_is_made(
    start, again: str
) -> None:
    campaign = start()
    first = code_of(campaign, code=Secret("OMANTEL-LAUNCH-100"))
    vouchers.revoke(voucher_id=first.voucher.pk, actor=SELLER)
    with pytest.raises(CodeTaken) as caught:
        code_of(campaign, code=Secret(again))
    assert (caught.value.status, caught.value.extra["field"]) == (409, "code")
    assert VoucherCode.objects.count() == 1


def test_given_a_revoked_campaign_when_a_code_is_wanted_then_refused(start) -> None:
    campaign = start()
    issued = code_of(campaign)
    vouchers.revoke_campaign(campaign_id=campaign.pk, because="Printed wrong", actor=SELLER)
    with pytest.raises(UnknownCode):
        use(issued.code)
    with pytest.raises(Conflict):
        code_of(campaign)
    with pytest.raises(NotFound):
        vouchers.add_code(campaign_id=campaign.pk + 1, actor=SELLER)


def test_given_issued_codes_when_rows_are_read_then_no_code_is_in_any(start) -> None:
    campaign = start()
    codes = [code_of(campaign).code.reveal(), "OMANTEL-LAUNCH-100"]
    code_of(campaign, code=Secret(codes[1]))
    vouchers.add_batch(campaign_id=campaign.pk, size=5, actor=SELLER)
    tables = (Campaign, VoucherCode, AuditEvent, SealedSecret)
    rows = [str(row) for table in tables for row in table.objects.values()]
    assert rows
    for code in codes:
        assert not any(code in row or code.replace("-", "") in row for row in rows)


def test_given_vouchers_in_every_state_when_filtered_then_each_is_under_its_own(start) -> None:
    campaign = start()
    made = {state: code_of(campaign).voucher.pk for state in ("active", "paused", "revoked")}
    vouchers.pause(voucher_id=made["paused"], actor=SELLER)
    vouchers.revoke(voucher_id=made["revoked"], actor=SELLER)
    made["exhausted"] = code_of(campaign).voucher.pk
    use(vouchers.code_of(voucher_id=made["exhausted"]))
    made["expired"] = code_of(campaign).voucher.pk
    VoucherCode.objects.filter(pk=made["expired"]).update(expires_at=F("created_at"))
    made["scheduled"] = code_of(start(starts_at=timezone.now() + timedelta(days=1))).voucher.pk
    for state in Standing.values:
        found = vouchers.page(wanted=Wanted(standing=state)).rows
        assert [row.voucher.pk for row in found] == [made[state]], state
        assert [row.state for row in found] == [state]


def test_given_more_than_a_page_in_any_order_when_turned_then_each_once(start) -> None:
    campaign = start(per_person=9)
    made = [code_of(campaign, max_redemptions=9) for _each in range(7)]
    for number, uses in enumerate((2, 0, 1, 2, 0, 0, 1)):
        VoucherCode.objects.filter(pk=made[number].voucher.pk).update(redeemed=uses)
    vouchers.extend(
        voucher_id=made[3].voucher.pk, expires_at=timezone.now() + timedelta(days=1), actor=SELLER
    )
    orders = {
        "newest": [6, 5, 4, 3, 2, 1, 0],
        "redeemed": [3, 0, 6, 2, 5, 4, 1],
        "ends": [3, 6, 5, 4, 2, 1, 0],
    }
    for sort, expected in orders.items():
        seen: list[int] = []
        before = None
        for _turn in range(4):
            found = vouchers.page(wanted=Wanted(sort=sort), before=before, limit=2)
            seen += [row.voucher.pk for row in found.rows]
            before = found.next_before
        assert before is None
        assert seen == [made[number].voucher.pk for number in expected], sort
