"""The sellers' pages of campaigns: forms, new codes, batches, and what never is in them."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client

from catalyst.models import AuditEvent
from catalyst.vault.secret import Secret
from franchise.mails.models import Mail
from franchise.money import Money
from franchise.vouchers import services as vouchers
from franchise.vouchers.codes import grouped
from franchise.vouchers.models import Batch, Campaign, VoucherCode
from tests.integration.franchise.vouchers.conftest import SELLER
from tests.integration.franchise.vouchers.pages import RULES, beside, form_of, path
from tests.integration.franchise.vouchers.test_campaigns import code_of, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plans")]


def test_given_rules_when_sent_then_the_campaign_has_exactly_them(seller: Client) -> None:
    page = seller.post("/vouchers/campaigns/new/", RULES, follow=True)
    campaign = Campaign.objects.get()
    assert page.redirect_chain == [(path(campaign), 302)]
    assert campaign.credit == Money(12_500, "OMR")
    assert campaign.budget == Money(625_000, "OMR")
    assert (campaign.max_redemptions, campaign.per_person, campaign.per_email_domain) == (
        50,
        2,
        None,
    )
    assert (campaign.plans, campaign.credit_expires_days) == (["m", "l"], 90)
    assert not campaign.first_order_only
    assert str(campaign.last_day) == "2099-12-31"
    assert "Spring &lt;fair&gt;" in page.text


def test_w07_given_odd_rules_when_sent_then_422_beside_each_and_typed_values_kept(
    seller: Client,
) -> None:
    odd = {**RULES, "amount": "0", "max_redemptions": "-1", "per_person": "0", "plans": "nope",
           "ends_on": "2001-01-01"}  # fmt: skip
    page = seller.post("/vouchers/campaigns/new/", odd)
    assert page.status_code == 422
    for field in ("max_redemptions", "per_person", "ends_on"):
        assert beside(page.text, field)
    assert 'value="-1"' in page.text and 'value="2001-01-01"' in page.text
    later = {**RULES, "amount": "0"}
    assert "more than nothing" in beside(
        seller.post("/vouchers/campaigns/new/", later).text, "amount"
    )
    later = {**RULES, "plans": "nope"}
    assert "nope" in beside(seller.post("/vouchers/campaigns/new/", later).text, "plans")
    assert not Campaign.objects.exists()


def test_w06_given_the_edit_form_when_sent_unchanged_or_in_part_then_nothing_is_reset(
    seller: Client,
) -> None:
    seller.post("/vouchers/campaigns/new/", RULES)
    campaign = Campaign.objects.get()
    before = Campaign.objects.values().get()
    page = seller.get(path(campaign, "edit/"))
    as_shown = form_of(page.text, path(campaign, "edit/"))
    assert (as_shown["max_redemptions"], as_shown["plans"]) == ("50", "m l")
    assert seller.post(path(campaign, "edit/"), as_shown).status_code == 302
    assert Campaign.objects.values().get() == before

    assert (
        seller.post(path(campaign, "edit/"), {"name": "Autumn", "version": "1"}).status_code == 302
    )
    assert Campaign.objects.values().get() == {**before, "name": "Autumn", "version": 2}
    # A second person, who still sees the first version.
    late = seller.post(path(campaign, "edit/"), {"name": "Winter", "version": "1"})
    assert late.status_code == 422
    assert "Load the page again" in late.text
    assert Campaign.objects.get().name == "Autumn"


def test_given_an_edit_when_a_limit_is_emptied_or_a_box_unticked_then_it_is_gone(
    seller: Client,
) -> None:
    seller.post("/vouchers/campaigns/new/", {**RULES, "first_order_only": "on"})
    campaign = Campaign.objects.get()
    assert campaign.first_order_only
    sent = {"max_redemptions": "", "first_order_only-shown": "1", "version": "1"}
    assert seller.post(path(campaign, "edit/"), sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.max_redemptions, campaign.first_order_only) == (None, False)
    assert campaign.budget == Money(625_000, "OMR")


def test_proof_07_given_a_use_when_credit_is_edited_then_said_beside_it(
    seller: Client, start
) -> None:
    campaign = start()
    use(code_of(campaign).code)
    sent = {"amount": "7", "currency": "OMR", "version": "1"}
    page = seller.post(path(campaign, "edit/"), sent)
    assert page.status_code == 422
    assert "credit stays" in beside(page.text, "amount")


def test_given_a_campaign_when_one_code_is_made_then_shown_once_with_its_qr(
    seller: Client, start
) -> None:
    campaign = start()
    page = seller.post(path(campaign, "codes"), {"size": "1", "max_redemptions": "2"}, follow=True)
    shown = re.search(r'id="voucher-code"[^>]*>([^<]+)<', page.text)
    assert shown
    assert "<svg" in page.text and "QR code" in page.text
    assert vouchers.preview(code=Secret(shown[1])).credit == Money(5_000, "OMR")
    assert shown[1] not in seller.get(path(campaign)).text


def test_w09_given_a_guessable_code_when_chosen_then_asked_first_and_made_when_confirmed(
    seller: Client, start
) -> None:
    campaign = start()
    sent = {"size": "1", "max_redemptions": "100", "code": "omantel-launch-100"}
    asked = seller.post(path(campaign, "codes"), sent)
    assert asked.status_code == 422
    assert "guess" in beside(asked.text, "code")
    assert 'name="guessable"' in asked.text
    assert not VoucherCode.objects.exists()
    done = seller.post(path(campaign, "codes"), {**sent, "guessable": "on"}, follow=True)
    assert "OMANTEL-LAUNCH-100" in done.text


@pytest.mark.parametrize("code", ["%2F%2F%2F%2F%2F", "🎁" * 9, "short", "\u200b" * 20, "A" * 60])
def test_w08_proof_09_given_an_odd_code_when_chosen_then_422_and_no_500(
    seller: Client, start, code: str
) -> None:
    page = seller.post(path(start(), "codes"), {"size": "1", "max_redemptions": "1", "code": code})
    assert page.status_code == 422
    assert "letters from A to Z" in beside(page.text, "code")


def test_given_people_when_codes_are_mailed_then_promised_and_not_shown(
    seller: Client, start
) -> None:
    sent = {"max_redemptions": "1", "recipients": "a@acme.example\nB@acme.example, a@acme.example"}
    page = seller.post(path(start(), "codes"), sent, follow=True)
    assert "on their way" in page.text
    assert 'id="voucher-code"' not in page.text
    assert Mail.objects.count() == 2
    odd = seller.post(path(start(), "codes"), {**sent, "recipients": "a@acme.example nobody"})
    assert "nobody" in beside(odd.text, "recipients")


def test_given_a_batch_when_taken_as_csv_then_codes_links_and_a_mark_in_each_row(
    seller: Client, start
) -> None:
    campaign = start(name="=HYPERLINK()")
    seller.post(path(campaign, "codes"), {"size": "3", "max_redemptions": "1", "label": "@x"})
    batch = Batch.objects.get()
    answer = seller.post(f"/vouchers/batches/{batch.pk}/csv")
    assert "no-store" in answer["Cache-Control"]
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == 3
    mark = AuditEvent.objects.get(act="franchise.voucher-export").after["mark"]
    for row in rows:
        assert vouchers.preview(code=Secret(row["code"])).credit == Money(5_000, "OMR")
        assert row["link"].endswith(f"/redeem?code={row['code']}")
        assert row["exported"].startswith("sovereign-admin") and mark in row["exported"]
        assert (row["campaign"], row["label"]) == ("'=HYPERLINK()", "'@x")


def test_given_a_batch_when_taken_on_paper_then_a_pdf_that_no_cache_keeps(
    seller: Client, start
) -> None:
    batch = vouchers.add_batch(campaign_id=start().pk, size=2, actor=SELLER)
    answer = seller.post(f"/vouchers/batches/{batch.pk}/pdf/0")
    assert answer.content.startswith(b"%PDF-")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert seller.post(f"/vouchers/batches/{batch.pk}/pdf/1").status_code == 404
    assert seller.post(f"/vouchers/batches/{batch.pk + 1}/csv").status_code == 404


def test_given_a_filter_when_the_table_is_taken_then_those_rows_and_no_code(
    seller: Client, start
) -> None:
    spring, autumn = start(), start(name="Autumn")
    kept, other = code_of(spring, label="kept"), code_of(autumn)
    answer = seller.get("/vouchers/vouchers.csv", {"q": "spring", "state": "active"})
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["label"], row["open"]) for row in rows] == [("kept", "OMR 5.000")]
    for issued in (kept, other):
        assert issued.code.reveal() not in text and grouped(issued.code) not in text
    assert seller.get("/vouchers/vouchers.csv", {"state": "odd"}).status_code == 422
