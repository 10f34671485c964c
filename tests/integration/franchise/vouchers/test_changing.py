"""Edits change what is sent and keep what was promised; a leaked code is replaced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalyst.models import AuditEvent
from catalyst.problem import Conflict, Invalid
from franchise.money import Money
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from franchise.vouchers.problems import AlreadyUsed, UnknownCode
from franchise.vouchers.services import ChangedMeanwhile, InUse
from tests.integration.franchise.vouchers.conftest import SELLER
from tests.integration.franchise.vouchers.test_campaigns import code_of, standing_of, use

pytestmark = pytest.mark.django_db


def edit(campaign: Campaign, version: int | None = None, **changes: Any) -> Campaign:
    return vouchers.edit_campaign(
        campaign_id=campaign.pk, changes=changes, version=version, actor=SELLER
    )


def test_w06_given_an_edit_when_one_rule_is_sent_then_all_others_stay(start) -> None:
    campaign = start(max_redemptions=50, budget=Money(99_000, "OMR"), per_email_domain=3)
    before = Campaign.objects.values().get()
    edit(campaign, name="Autumn fair")
    after = Campaign.objects.values().get()
    assert after == {**before, "name": "Autumn fair", "version": 2}
    event = AuditEvent.objects.get(act="franchise.campaign-edit")
    assert (event.before, event.after) == ({"name": "Spring fair"}, {"name": "Autumn fair"})


def test_w06_given_a_revoked_campaign_or_code_when_edited_then_it_is_not_resurrected(start) -> None:
    campaign = start()
    issued = code_of(campaign)
    vouchers.revoke(voucher_id=issued.voucher.pk, because="Lost", actor=SELLER)
    with pytest.raises(Conflict):
        vouchers.edit_code(
            voucher_id=issued.voucher.pk, changes={"max_redemptions": 9}, actor=SELLER
        )
    vouchers.revoke_campaign(campaign_id=campaign.pk, because="Over", actor=SELLER)
    for change in ({"name": "Again"}, {"max_redemptions": 9}):
        with pytest.raises(Conflict):
            edit(campaign, **change)
    with pytest.raises(Conflict):
        vouchers.resume_campaign(campaign_id=campaign.pk, actor=SELLER)
    assert standing_of(issued) == "revoked"


def test_proof_07_given_a_first_use_when_credit_is_changed_then_refused_and_old_ones_stay(
    start,
) -> None:
    campaign = start()
    issued = code_of(campaign, max_redemptions=3)
    edit(campaign, credit=Money(6_000, "OMR"))
    use(issued.code)
    for change in (
        {"credit": Money(7_000, "OMR")},
        {"credit": Money(6_000, "AED")},
        {"credit_expires_days": 1},
    ):
        with pytest.raises(InUse) as caught:
            edit(campaign, **change)
        assert caught.value.status == 409
    assert Redemption.objects.get().amount == Money(6_000, "OMR")
    assert edit(campaign, credit=Money(6_000, "OMR")).credit == Money(6_000, "OMR")


def test_proof_07_given_uses_when_a_cap_below_them_is_wanted_then_refused(start) -> None:
    campaign = start(max_redemptions=5, budget=Money(99_000, "OMR"))
    issued = code_of(campaign, max_redemptions=5)
    for _each in range(3):
        use(issued.code)
    with pytest.raises(Invalid):
        edit(campaign, max_redemptions=2)
    with pytest.raises(Invalid):
        edit(campaign, budget=Money(14_999, "OMR"))
    for cap in (2, 0, -1):
        with pytest.raises(Invalid) as caught:
            vouchers.edit_code(
                voucher_id=issued.voucher.pk, changes={"max_redemptions": cap}, actor=SELLER
            )
        assert caught.value.extra["field"] == "max_redemptions"
    edit(campaign, max_redemptions=3, budget=Money(15_000, "OMR"))
    vouchers.edit_code(voucher_id=issued.voucher.pk, changes={"max_redemptions": 3}, actor=SELLER)
    assert standing_of(issued) == "exhausted"


def test_given_two_who_edit_when_the_second_saw_the_old_one_then_409_and_the_first_stays(
    start,
) -> None:
    campaign = start()
    edit(campaign, version=1, name="First")
    with pytest.raises(ChangedMeanwhile) as caught:
        edit(campaign, version=1, max_redemptions=9)
    assert caught.value.status == 409
    now = Campaign.objects.get()
    assert (now.name, now.max_redemptions) == ("First", None)


def test_given_an_edit_that_changes_nothing_when_saved_then_no_version_and_no_audit(start) -> None:
    campaign = start()
    assert edit(campaign, name="Spring  fair").version == 1
    assert not AuditEvent.objects.filter(act="franchise.campaign-edit").exists()


def test_given_an_end_before_the_beginning_when_edited_then_refused(start) -> None:
    campaign = start()
    with pytest.raises(Invalid) as caught:
        edit(campaign, starts_at=timezone.now() + timedelta(days=8))
    assert caught.value.extra["field"] == "ends_on"


def test_given_an_expired_code_when_extended_then_it_is_good_again_and_its_campaign_stays(
    start,
) -> None:
    campaign = start()
    issued, other = code_of(campaign), code_of(campaign)
    Campaign.objects.update(starts_at=timezone.now() - timedelta(days=9),
                            ends_at=timezone.now() - timedelta(days=1))  # fmt: skip
    later = timezone.now() + timedelta(days=30)
    vouchers.extend(voucher_id=issued.voucher.pk, expires_at=later, actor=SELLER)
    assert (standing_of(issued), standing_of(other)) == ("active", "expired")
    past = timezone.now() - timedelta(seconds=1)
    with pytest.raises(Invalid):
        vouchers.extend(voucher_id=issued.voucher.pk, expires_at=past, actor=SELLER)


def test_proof_08_given_a_leaked_code_when_replaced_then_a_new_row_with_what_was_left(
    start,
) -> None:
    campaign = start()
    old = code_of(campaign, max_redemptions=3, label="Fair")
    first = use(old.code, email="a@acme.example")
    new = vouchers.reissue(voucher_id=old.voucher.pk, because="On a photo", actor=SELLER)

    row = VoucherCode.objects.get(pk=old.voucher.pk)
    assert (row.status, row.reissued_as, row.revoked_because) == (
        "revoked", new.voucher, "On a photo",
    )  # fmt: skip
    assert (new.voucher.max_redemptions, new.voucher.campaign_id) == (2, campaign.pk)
    assert new.voucher.label == "Fair"
    with pytest.raises(UnknownCode):
        use(old.code)
    # Who redeemed the old one has the credit, and the campaign's limit counts it.
    assert Redemption.objects.get().amount == first.amount
    with pytest.raises(AlreadyUsed):
        use(new.code, email="a+again@acme.example")
    use(new.code)
    use(new.code)
    assert standing_of(new) == "exhausted"
    acts = AuditEvent.objects.filter(act="franchise.voucher-reissue").order_by("pk")
    assert [event.object for event in acts] == [f"voucher:{old.voucher.pk}",
                                                f"voucher:{new.voucher.pk}"]  # fmt: skip
    assert acts[0].after["reissued_as"] == new.voucher.pk
    assert acts[1].after["reissue_of"] == old.voucher.pk


def test_proof_08_given_nothing_left_when_replaced_then_refused(start) -> None:
    issued = code_of(start())
    use(issued.code)
    with pytest.raises(Conflict):
        vouchers.reissue(voucher_id=issued.voucher.pk, because="Lost", actor=SELLER)
    with pytest.raises(Invalid):
        vouchers.reissue(voucher_id=issued.voucher.pk, because=" ", actor=SELLER)
    assert VoucherCode.objects.count() == 1


class CountersAreRows(TestCase):
    """Whatever is done in whatever order: no cap is passed, and counters are the rows."""

    @settings(max_examples=15, deadline=None)
    @given(
        cap=st.none() | st.integers(1, 4),
        budget=st.none() | st.integers(1, 4),
        uses=st.integers(1, 3),
        acts=st.lists(
            st.sampled_from(["use", "use", "use", "pause", "resume", "cap", "reissue"]),
            max_size=12,
        ),
    )
    def test_given_any_acts_when_done_then_counters_are_rows(
        self, cap: int | None, budget: int | None, uses: int, acts: list[str]
    ) -> None:
        wanted = vouchers.Rules(
            name="Any",
            credit=Money(1_000, "OMR"),
            max_redemptions=cap,
            budget=Money(budget * 1_000, "OMR") if budget else None,
        )
        campaign = vouchers.create_campaign(wanted=wanted, actor=SELLER)
        issued = code_of(campaign, max_redemptions=uses)
        for act in acts:
            try:
                issued = self._do(act, campaign, issued)
            except (Conflict, Invalid, vouchers.Refused):
                continue
            except Exception as error:
                if "voucher" not in getattr(error, "type", ""):
                    raise
        now = Campaign.objects.get(pk=campaign.pk)
        rows = Redemption.objects.filter(campaign=campaign)
        codes = VoucherCode.objects.filter(campaign=campaign)
        assert now.redeemed == rows.count() == sum(code.redeemed for code in codes) <= uses
        assert now.spent_minor == sum(row.amount_minor for row in rows)
        assert now.max_redemptions is None or now.redeemed <= now.max_redemptions
        assert budget is None or now.redeemed <= budget

    def _do(self, act: str, campaign: Campaign, issued: Any) -> Any:
        if act == "use":
            use(issued.code)
        elif act == "reissue":
            return vouchers.reissue(voucher_id=issued.voucher.pk, because="Lost", actor=SELLER)
        elif act == "cap":
            edit(campaign, max_redemptions=2)
        else:
            change = {"pause": vouchers.pause, "resume": vouchers.resume}[act]
            change(voucher_id=issued.voucher.pk, actor=SELLER)
        return issued
