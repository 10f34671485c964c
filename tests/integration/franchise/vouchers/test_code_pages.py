"""The sellers' pages of codes: found, looked at, ended, replaced, many at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from franchise.vouchers import services as vouchers
from franchise.vouchers.codes import grouped
from franchise.vouchers.models import VoucherCode
from tests.integration.franchise.vouchers.conftest import SELLER
from tests.integration.franchise.vouchers.pages import beside, path
from tests.integration.franchise.vouchers.test_campaigns import code_of, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plans")]


def test_given_search_words_when_listed_then_only_what_fits_and_the_pager_keeps_them(
    seller: Client, start
) -> None:
    spring, autumn = start(), start(name="Autumn")
    vouchers.add_batch(campaign_id=spring.pk, size=51, actor=SELLER)
    other = code_of(autumn, bound_email="fatma@acme.example", label="For Fatma")
    for words in ("fatma@acme", "for f", "autumn", other.voucher.last4.lower()):
        page = seller.get("/vouchers/", {"q": words})
        assert f'id="voucher-{other.voucher.pk}"' in page.text, words
        assert page.text.count('<tr id="voucher-') <= 2
    first = seller.get("/vouchers/", {"campaign": spring.pk, "state": "active"})
    older = re.search(r'rel="next" href="\?([^"]+)"', first.text)
    assert older
    rest = seller.get("/vouchers/?" + older[1].replace("&amp;", "&"))
    assert (first.text.count('<tr id="voucher-'), rest.text.count('<tr id="voucher-')) == (50, 1)
    assert "Nothing found" in seller.get("/vouchers/", {"q": "winter"}).text
    assert seller.get("/vouchers/", {"state": "odd"}).status_code == 422


def test_given_a_whole_code_when_found_then_its_page_and_no_address_holds_it(
    seller: Client, start
) -> None:
    issued = code_of(start())
    found = seller.post("/vouchers/find", {"code": grouped(issued.code).lower()})
    assert found["Location"] == f"/vouchers/{issued.voucher.pk}/"
    lost = seller.post("/vouchers/find", {"code": "0000-0000-0000"}, follow=True)
    assert "No voucher has this code" in lost.text


def test_given_a_used_code_when_its_page_is_opened_then_who_used_it_and_what_was_done(
    seller: Client, start
) -> None:
    campaign = start()
    issued = code_of(campaign, label="<b>Fair</b>")
    use(issued.code, email="fatma@acme.example", name="<i>Acme</i>")
    vouchers.pause(voucher_id=issued.voucher.pk, actor=SELLER)
    for page in (
        seller.get(f"/vouchers/{issued.voucher.pk}/").text,
        seller.get(path(campaign)).text,
    ):
        assert "fatma@acme.example" in page
        assert "&lt;i&gt;Acme&lt;/i&gt;" in page
        assert "OMR 5.000" in page
        assert issued.code.reveal() not in page
    events = seller.get(f"/vouchers/{issued.voucher.pk}/").text
    for act in ("voucher-issue", "redeem", "voucher-paused"):
        assert f"franchise.{act}" in events
    assert "&lt;b&gt;Fair&lt;/b&gt;" in events


def test_given_no_reason_when_revoking_then_422_beside_it_and_nothing_ends(
    seller: Client, start
) -> None:
    campaign = start()
    issued = code_of(campaign)
    for where, field in ((f"/vouchers/{issued.voucher.pk}/revoke", "revoke_because"),
                         (f"/vouchers/{issued.voucher.pk}/reissue", "reissue_because"),
                         (path(campaign, "revoke"), "because")):  # fmt: skip
        page = seller.post(where, {"because": "  "})
        assert page.status_code == 422
        assert "why" in beside(page.text, field)
    assert vouchers.one(voucher_id=issued.voucher.pk).state == "active"
    seller.post(path(campaign, "revoke"), {"because": "Printed wrong"})
    page = seller.get(f"/vouchers/{issued.voucher.pk}/")
    assert "Revoked" in page.text
    assert "Printed wrong" in seller.get(path(campaign)).text


def test_proof_08_given_a_leaked_code_when_replaced_then_the_new_one_is_shown_and_linked(
    seller: Client, start
) -> None:
    old = code_of(start())
    page = seller.post(
        f"/vouchers/{old.voucher.pk}/reissue", {"because": "On a photo"}, follow=True
    )
    new = VoucherCode.objects.exclude(pk=old.voucher.pk).get()
    assert page.redirect_chain == [(f"/vouchers/{new.pk}/", 302)]
    assert 'id="voucher-code"' in page.text
    assert f'href="/vouchers/{old.voucher.pk}/"' in page.text
    assert f'href="/vouchers/{new.pk}/"' in seller.get(f"/vouchers/{old.voucher.pk}/").text


def test_given_an_extension_when_sent_then_only_the_end_changes(seller: Client, start) -> None:
    issued = code_of(start(), max_redemptions=7, label="Fair")
    where = f"/vouchers/{issued.voucher.pk}/edit"
    assert seller.post(where, {"expires_on": "2098-01-31"}).status_code == 302
    row = VoucherCode.objects.select_related("campaign").get()
    assert str(row.last_day) == "2098-01-31"
    assert (row.max_redemptions, row.label) == (7, "Fair")
    odd = seller.post(where, {"expires_on": "2001-01-01", "max_redemptions": "0"})
    assert odd.status_code == 422
    assert beside(odd.text, "expires_on") and beside(odd.text, "max_redemptions")


def test_given_a_qr_code_when_downloaded_then_a_file_and_the_audit_says_who(
    seller: Client, start
) -> None:
    issued = code_of(start())
    answer = seller.post(f"/vouchers/{issued.voucher.pk}/qr")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert AuditEvent.objects.filter(act="franchise.voucher-reprint").count() == 1


@pytest.mark.parametrize(
    "where",
    ["campaigns/", "campaigns/new/", "campaigns/1/", "campaigns/1/edit/", "1/", "vouchers.csv"],
)
def test_given_a_member_when_a_page_is_asked_for_then_403(log_in: Any, where: str) -> None:
    assert log_in(Role.MEMBER).get(f"/vouchers/{where}").status_code == 403


def test_given_ticked_vouchers_when_acted_on_then_all_of_them_and_the_audit_has_each(
    seller: Client, start
) -> None:
    campaign = start()
    made = [code_of(campaign).voucher.pk for _each in range(3)]
    done = seller.post("/vouchers/bulk", {"chosen": made[:2], "act": "paused"}, follow=True)
    assert "2 vouchers were changed" in done.text
    assert [vouchers.one(voucher_id=pk).state for pk in made] == ["paused", "paused", "active"]

    no_reason = seller.post("/vouchers/bulk", {"chosen": made, "act": "revoked"})
    assert no_reason.status_code == 422
    assert "Say in a sentence why" in no_reason.text
    assert no_reason.text.count(" checked") == 3
    seller.post("/vouchers/bulk", {"chosen": made, "act": "revoked", "reason": "Printed wrong"})
    assert {vouchers.one(voucher_id=pk).state for pk in made} == {"revoked"}
    seller.post("/vouchers/bulk", {"chosen": made, "act": "active"})
    assert {vouchers.one(voucher_id=pk).state for pk in made} == {"revoked"}
    ended = AuditEvent.objects.filter(act="franchise.voucher-revoked")
    assert sorted(event.object for event in ended) == [f"voucher:{pk}" for pk in made]
    assert {event.after["because"] for event in ended} == {"Printed wrong"}


@pytest.mark.parametrize("sent", [{"act": "paused"}, {"act": "odd", "chosen": "1"}, {}])
def test_given_nothing_ticked_or_no_such_act_when_sent_then_422(
    seller: Client, sent: dict[str, str]
) -> None:
    assert seller.post("/vouchers/bulk", sent).status_code == 422
