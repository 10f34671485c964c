"""The sellers' pages: who may see them, issuing, the code shown once, pausing and revoking."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from catalyst.vault.secret import Secret
from franchise.redeem.services import redeem
from franchise.vouchers.models import VoucherCode
from franchise.vouchers.services import preview

pytestmark = pytest.mark.django_db

GOOD = {
    "amount": "100.5",
    "currency": "OMR",
    "max_redemptions": "3",
    "expires_on": "2099-12-31",
    "label": "Spring <fair>",
}
PAGES = ["/vouchers/", "/organizations/"]
ACTS = ["pause", "resume", "revoke", "reprint"]


@pytest.mark.parametrize("path", PAGES)
def test_given_nobody_logged_in_when_a_page_is_asked_for_then_to_the_log_in(path: str) -> None:
    answer = Client().get(path)
    assert answer["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_given_a_member_when_a_page_is_asked_for_then_403(log_in, path: str) -> None:
    assert log_in(Role.MEMBER).get(path).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_given_a_member_when_acting_on_a_voucher_then_403_and_nothing_changes(
    log_in, issue, act: str
) -> None:
    pk = issue().voucher.pk
    assert log_in(Role.MEMBER).post(f"/vouchers/{pk}/{act}").status_code == 403
    assert VoucherCode.objects.get().status == "active"


def test_given_a_member_when_issuing_then_403_and_no_voucher(log_in) -> None:
    assert log_in(Role.MEMBER).post("/vouchers/", GOOD).status_code == 403
    assert not VoucherCode.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_given_a_link_instead_of_a_form_when_acting_then_405(seller, issue, act: str) -> None:
    assert seller.get(f"/vouchers/{issue().voucher.pk}/{act}").status_code == 405


@pytest.mark.parametrize("role", [Role.SOVEREIGN_ADMIN, Role.OPERATOR])
def test_given_a_seller_when_issuing_then_the_code_is_shown_once_and_is_good(log_in, role) -> None:
    seller = log_in(role)
    page = seller.post("/vouchers/", GOOD, follow=True)
    assert page.redirect_chain == [("/vouchers/", 302)]
    shown = re.search(r'id="voucher-code"[^>]*>([^<]+)<', page.text)
    assert shown
    assert str(preview(code=Secret(shown[1])).credit) == "OMR 100.500"
    assert re.search(rf'id="customer-url"[^>]*>https?://[^<]+/redeem\?code={shown[1]}<', page.text)
    assert re.search(r'id="redeem-url"[^>]*>https?://[^<?]+/redeem<', page.text)
    assert "Spring &lt;fair&gt;" in page.text

    again = seller.get("/vouchers/")
    assert shown[1] not in again.text
    assert shown[1][-4:] in again.text


def test_given_a_sovereign_when_issuing_then_the_link_is_its_own_name(seller, settings) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"sovereign_fqdn": "omantel.omani.works"}
    )
    page = seller.post("/vouchers/", GOOD, follow=True)
    assert ">https://omantel.omani.works/redeem<" in page.text


def test_given_the_empty_form_when_sent_with_just_an_amount_then_the_defaults_make_a_voucher(
    seller,
) -> None:
    page = seller.get("/vouchers/")
    day = re.search(r'<input[^>]*type="date"[^>]*value="(\d{4}-\d\d-\d\d)"', page.text)
    uses = re.search(r'name="max_redemptions"[^>]*value="(\d+)"', page.text)
    assert day
    assert uses
    form = {"amount": "1", "currency": "OMR", "max_redemptions": uses[1], "expires_on": day[1]}
    assert seller.post("/vouchers/", form).status_code == 302


def test_given_odd_values_when_issuing_then_422_beside_each_and_typed_values_kept(seller) -> None:
    odd = {**GOOD, "amount": "1,5", "max_redemptions": "0", "expires_on": "2001-01-01"}
    page = seller.post("/vouchers/", odd)
    assert page.status_code == 422
    for value in ("1,5", "2001-01-01", "Spring &lt;fair&gt;"):
        assert f'value="{value}"' in page.text
    for field in ("amount", "max_redemptions", "expires_on"):
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', page.text)
        assert f'id="id_{field}-error"' in page.text
    assert not VoucherCode.objects.exists()


def test_given_a_worthless_voucher_when_issuing_then_422_beside_the_amount(seller) -> None:
    page = seller.post("/vouchers/", {**GOOD, "amount": "0"})
    assert page.status_code == 422
    assert "worth more than nothing" in page.text


def test_given_a_voucher_when_paused_resumed_and_revoked_then_the_list_and_the_audit_say_so(
    seller, issue
) -> None:
    pk = issue().voucher.pk
    for act, word in (("pause", "Paused"), ("resume", "Active"), ("revoke", "Revoked")):
        done = seller.post(f"/vouchers/{pk}/{act}", {"because": "The fair is over"}, follow=True)
        assert done.redirect_chain == [(f"/vouchers/{pk}/", 302)]
        page = seller.get("/vouchers/")
        row = re.search(rf'id="voucher-{pk}">.*?</tr>', page.text, re.DOTALL)
        assert row
        assert word in row[0]
    acts = AuditEvent.objects.filter(object=f"voucher:{pk}").order_by("id")
    assert [event.act.rpartition("-")[2] for event in acts] == [
        "issue", "paused", "active", "revoked",
    ]  # fmt: skip


def test_given_a_revoked_voucher_when_resumed_then_409(seller, issue) -> None:
    pk = issue().voucher.pk
    seller.post(f"/vouchers/{pk}/revoke", {"because": "Lost"})
    assert seller.post(f"/vouchers/{pk}/resume").status_code == 409


def test_given_a_voucher_when_shown_again_then_the_code_is_there_and_the_audit_says_who(
    seller, issue
) -> None:
    issued = issue()
    page = seller.post(f"/vouchers/{issued.voucher.pk}/reprint", follow=True)
    shown = re.search(r'id="voucher-code"[^>]*>([^<]+)<', page.text)
    assert shown
    assert shown[1].replace("-", "") == issued.code.reveal()
    event = AuditEvent.objects.get(act="franchise.voucher-reprint")
    assert event.actor.startswith("sovereign-admin")


def test_given_no_such_voucher_when_acting_then_404(seller) -> None:
    for act in ("pause", "revoke", "reprint", "edit", "reissue", "qr"):
        answer = seller.post(f"/vouchers/999999/{act}", {"because": "Lost"})
        assert answer.status_code == 404
    assert seller.get("/vouchers/999999/").status_code == 404


def test_given_more_than_a_page_when_listed_then_older_ones_follow_by_key(seller, issue) -> None:
    made = [issue(label=f"label-{number}-").voucher.pk for number in range(51)]
    first = seller.get("/vouchers/")
    assert "label-0-" not in first.text
    assert f"?before={made[1]}" in first.text
    rest = seller.get("/vouchers/", {"before": made[1]})
    assert "label-0-" in rest.text
    assert "label-1-" not in rest.text


@pytest.mark.parametrize("before", ["x", "-1", "1" * 30, "٣"])
def test_given_an_odd_key_when_listed_then_422(seller, before: str) -> None:
    assert seller.get("/vouchers/", {"before": before}).status_code == 422


def test_given_redemptions_when_organizations_are_listed_then_with_owner_and_credit(
    seller, issue
) -> None:
    assert "No Organization yet" in seller.get("/organizations/", follow=True).text
    redeem(
        code=issue().code,
        email="fatma@acme.example",
        organization_name="<b>Acme</b>",
        idempotency_key="k",
    )
    page = seller.get("/organizations/", follow=True)
    for words in ("&lt;b&gt;Acme&lt;/b&gt;", "fatma@acme.example", "OMR 12.345"):
        assert words in page.text
