"""The public redeem page, without JavaScript: states, typed values, and the code out of the URL."""

from __future__ import annotations

import logging
import re
import uuid
from typing import Any

import pytest
from django.test import Client

from catalyst.models import SealedSecret, UserSession
from franchise.organizations.models import Organization
from franchise.vouchers import services as vouchers
from franchise.vouchers.codes import grouped
from franchise.vouchers.models import Redemption, VoucherCode
from franchise.vouchers.services import Issued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]


@pytest.fixture
def visitor() -> Client:
    return Client()


def filled(issued: Issued, **changes: Any) -> dict[str, str]:
    values = {
        "code": grouped(issued.code),
        "email": "fatma@acme.example",
        "organization_name": "Acme <Oman>",
        "organization_slug": "",
        "idempotency_key": str(uuid.uuid4()),
    }
    return {**values, **changes}


def test_given_a_link_with_a_code_when_opened_then_the_code_leaves_the_url_and_is_in_the_form(
    visitor, issue
) -> None:
    code = grouped(issue().code)
    moved = visitor.get("/redeem", {"code": code})
    assert (moved.status_code, moved["Location"]) == (302, "/redeem")

    page = visitor.get("/redeem")
    assert page.status_code == 200
    assert f'value="{code}"' in page.text
    assert "OMR 12.345" in page.text
    assert "no-store" in page["Cache-Control"]
    assert not re.search(rf'(?:href|src|action)="[^"]*{code}', page.text)


def test_given_a_link_with_a_code_when_opened_then_neither_log_nor_session_nor_table_holds_it(
    visitor, issue, caplog
) -> None:
    code = grouped(issue().code)
    with caplog.at_level(logging.DEBUG):
        visitor.get("/redeem", {"code": code})
        visitor.get("/redeem")
        visitor.post("/redeem", {"code": code})
    bare = code.replace("-", "")
    kept = [str(session.get_decoded()) for session in UserSession.objects.all()]
    kept += [str(row) for row in SealedSecret.objects.values()]
    assert kept
    for text in [caplog.text, *kept]:
        assert code not in text
        assert bare not in text


def test_given_no_code_when_opened_then_an_empty_form(visitor) -> None:
    page = visitor.get("/redeem")
    assert page.status_code == 200
    assert 'name="code"' in page.text


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [("unknown", 404, "We do not know this code"), ("revoked", 404, "We do not know this code"),
     ("paused", 410, "paused"), ("exhausted", 410, "Every use"), ("expired", 410, "is over")],
)  # fmt: skip
def test_given_a_code_in_each_state_when_seen_and_sent_then_said_with_typed_values_kept(
    visitor, issue, state: str, status: int, words: str
) -> None:
    issued = issue()
    voucher = VoucherCode.objects.filter(pk=issued.voucher.pk)
    match state:
        case "unknown":
            voucher.update(code_hash="another")
        case "revoked":
            vouchers.revoke(voucher_id=issued.voucher.pk, actor="x")
        case "paused":
            vouchers.pause(voucher_id=issued.voucher.pk, actor="x")
        case "exhausted":
            voucher.update(redeemed=1)
        case "expired":
            voucher.update(expires_at=issued.voucher.created_at)

    seen = visitor.get("/redeem", {"code": grouped(issued.code)}, follow=True)
    assert seen.status_code == status
    assert words in seen.text
    assert "OMR" not in seen.text

    sent = visitor.post("/redeem", filled(issued))
    assert sent.status_code == status
    assert words in beside(sent.text, "code")
    assert 'value="fatma@acme.example"' in sent.text
    assert 'value="Acme &lt;Oman&gt;"' in sent.text
    assert f'value="{grouped(issued.code)}"' in sent.text
    assert not Organization.objects.exists()


def test_given_good_values_when_sent_then_the_page_says_what_was_created(visitor, issue) -> None:
    done = visitor.post("/redeem", filled(issue()), follow=True)
    assert done.redirect_chain == [("/redeem/done", 302)]
    for words in ("Acme &lt;Oman&gt;", "acme-oman", "OMR 12.345", "fatma@acme.example"):
        assert words in done.text


def test_given_a_double_click_when_sent_twice_then_one_organization_and_the_same_page(
    visitor, issue
) -> None:
    form = filled(issue())
    first = visitor.post("/redeem", form, follow=True)
    second = visitor.post("/redeem", form, follow=True)
    assert second.status_code == 200
    assert first.redirect_chain == second.redirect_chain
    assert Redemption.objects.count() == 1


def test_given_missing_and_odd_values_when_sent_then_422_beside_each_field(visitor, issue) -> None:
    form = filled(issue(), email="nobody", organization_name="")
    page = visitor.post("/redeem", form)
    assert page.status_code == 422
    assert "name@example.com" in beside(page.text, "email")
    assert "Type the name" in beside(page.text, "organization_name")
    assert 'value="nobody"' in page.text
    assert f'value="{form["code"]}"' in page.text
    assert f'value="{form["idempotency_key"]}"' in page.text


def test_given_a_form_without_its_key_when_sent_then_422_and_it_can_be_sent_again(
    visitor, issue
) -> None:
    form = filled(issue(), idempotency_key="x")
    page = visitor.post("/redeem", form)
    assert page.status_code == 422
    assert not Organization.objects.exists()
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page.text)
    assert key
    assert visitor.post("/redeem", {**form, "idempotency_key": key[1]}).status_code == 302


def test_given_a_taken_name_when_sent_then_409_and_a_free_one_is_a_button(visitor, issue) -> None:
    visitor.post("/redeem", filled(issue()))
    form = filled(issue(), email="b@example.com")
    page = visitor.post("/redeem", form)
    assert page.status_code == 409
    assert "belongs to another Organization" in beside(page.text, "organization_slug")
    assert 'name="organization_slug" value="acme-oman-2"' in page.text
    # A browser sends the text field first, then the button.
    sent = visitor.post("/redeem", {**form, "organization_slug": ["", "acme-oman-2"]})
    assert sent.status_code == 302
    assert Organization.objects.filter(slug="acme-oman-2").exists()


def test_given_the_same_person_when_redeeming_again_then_409_beside_the_code(
    visitor, issue
) -> None:
    issued = issue(max_redemptions=9)
    visitor.post("/redeem", filled(issued))
    page = visitor.post("/redeem", filled(issued, organization_name="Acme Two"))
    assert page.status_code == 409
    assert "Acme &lt;Oman&gt;" in beside(page.text, "code")


def test_given_a_form_from_elsewhere_when_sent_then_refused(issue) -> None:
    page = Client(enforce_csrf_checks=True).post("/redeem", filled(issue()))
    assert page.status_code == 403
    assert not Organization.objects.exists()


def test_given_nothing_redeemed_when_the_done_page_is_opened_then_back_to_the_form(
    visitor,
) -> None:
    assert visitor.get("/redeem/done")["Location"] == "/redeem"


def beside(html: str, field: str) -> str:
    """The error text that `aria-describedby` of a field points to."""
    control = re.search(rf'<input[^>]*name="{field}"[^>]*aria-describedby="([^"]*)"', html)
    assert control, f"{field} names no description"
    ids = [name for name in control[1].split() if name.endswith("-error")]
    assert ids, f"{field} names no error"
    text = re.search(rf'id="{ids[0]}">(.*?)</p>', html, re.DOTALL)
    assert text
    return text[1]
