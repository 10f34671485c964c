"""The sellers' page of signed vouchers, and the redeem page with a code of another Sovereign's."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.models import AuditEvent
from catalyst.vault.secret import Secret
from franchise.crossing import keys, token
from franchise.crossing.models import Peer, PeerKey, SignedCampaign, SignedVoucher
from franchise.vouchers.codes import grouped, normalise
from franchise.vouchers.models import Redemption
from tests.integration.franchise.crossing.conftest import Issuer
from tests.integration.franchise.crossing.test_issuing import code_of, signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]
HOME = "/backoffice/signed/"


def last_day() -> str:
    return (timezone.now() + timedelta(days=20)).date().isoformat()


def campaign_of(seller: Client, there: Issuer, **changes: str) -> SignedCampaign:
    sent = {
        "name": "Summer", "audience": str(there.peer.pk), "amount": "5", "currency": "OMR",
        "cap": "3", "uses": "1", "ends_on": last_day(),
    }  # fmt: skip
    answer = seller.post(f"{HOME}new", {**sent, **changes})
    assert answer.status_code == 302, answer.text
    return SignedCampaign.objects.get()


def test_given_a_seller_when_a_key_is_typed_then_it_is_trusted_and_the_audit_says_by_whom(
    seller: Client,
) -> None:
    there = Issuer()
    page = seller.get(HOME)
    assert keys.current().public in page.text
    refused = seller.post(f"{HOME}trust", {"fqdn": there.fqdn, "public": "short"})
    assert (refused.status_code, Peer.objects.count()) == (422, 0)
    assert seller.post(
        f"{HOME}trust", {"fqdn": there.fqdn.upper(), "public": f" {there.public} "}
    ).status_code == 302  # fmt: skip
    assert there.peer.url == "https://console.there.example"
    assert AuditEvent.objects.get(act="franchise.crossing-trust").after["key"] == there.name
    assert "No list yet" in seller.get(HOME).text
    again = seller.post(f"{HOME}trust", {"fqdn": there.fqdn, "public": there.public})
    assert (again.status_code, PeerKey.objects.count()) == (422, 1)


def test_given_a_campaign_when_codes_are_signed_then_one_is_shown_once_and_can_be_read(
    seller: Client, there: Issuer
) -> None:
    campaign = campaign_of(seller, there)
    place = f"{HOME}{campaign.pk}/"
    assert seller.post(f"{place}sign", {"count": "4"}).status_code == 422
    assert seller.post(f"{place}sign", {"count": "2"}).status_code == 302
    voucher = SignedVoucher.objects.order_by("id")[0]
    assert "voucher-code" not in seller.get(place).text
    assert seller.post(f"{place}{voucher.pk}/show").status_code == 302
    page = seller.get(place).text
    found = re.search(r'id="voucher-code"[^>]*>([^<]+)<', page)
    assert found
    code = normalise(Secret(found[1]))
    assert code is not None and token.read(code.reveal()).claims.serial == voucher.serial
    link = re.search(r'id="customer-url"[^>]*>([^<]+)<', page)
    assert link
    assert html.unescape(link[1]) == f"https://there.example/redeem?code={found[1]}"
    assert "voucher-code" not in seller.get(place).text
    assert AuditEvent.objects.filter(act="franchise.crossing-show").count() == 1


def test_given_codes_when_asked_for_as_a_file_then_all_that_were_not_taken_back(
    seller: Client, there: Issuer
) -> None:
    campaign = campaign_of(seller, there)
    kept, gone = signed(campaign, 2)
    place = f"{HOME}{campaign.pk}/"
    assert seller.post(
        f"{place}revoke", {"serial": gone.serial.upper(), "because": "lost"}
    ).status_code == 302  # fmt: skip
    assert seller.post(f"{place}revoke", {"serial": "00", "because": "lost"}).status_code == 422
    table = seller.post(f"{place}csv").getvalue().decode()
    assert kept.serial in table and grouped(Secret(code_of(kept))) in table
    assert gone.serial not in table


def test_given_a_link_with_a_signed_code_when_opened_then_it_is_out_of_the_address_and_redeemed(
    there: Issuer,
) -> None:
    client = Client()
    opened = client.get("/redeem", {"code": grouped(there.code())})
    assert (opened.status_code, opened["Location"]) == (302, "/redeem")
    page = client.get("/redeem")
    assert "OMR 12.345" in page.text
    typed = re.search(r'name="code"[^>]*value="([^"]+)"', page.text)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page.text)
    assert typed and key
    done = client.post("/redeem", {
        "code": typed[1], "email": "nadia@example.com", "organization_name": "Nadia's",
        "idempotency_key": key[1],
    })  # fmt: skip
    assert done["Location"] == "/redeem/done"
    assert Redemption.objects.get().amount.minor == 12_345


def test_given_a_list_that_is_too_old_when_the_link_is_opened_then_it_says_to_come_back(
    there: Issuer,
) -> None:
    there.tells(made_at=timezone.now() - timedelta(days=9))
    client = Client()
    client.get("/redeem", {"code": there.code().reveal()})
    page = client.get("/redeem")
    assert page.status_code == 503
    assert "This voucher cannot be checked now" in page.text


def test_given_a_program_when_it_redeems_a_signed_code_then_as_any_other(there: Issuer) -> None:
    sent = {
        "code": grouped(there.code()), "email": "nadia@example.com", "org_name": "Nadia's",
        "idempotency_key": "by-a-program",
    }  # fmt: skip
    answer = Client().post("/api/redeem", sent, "application/json")
    assert answer.status_code == 202, answer.text
    assert Redemption.objects.get(pk=answer.json()["redemption_id"]).amount.minor == 12_345
