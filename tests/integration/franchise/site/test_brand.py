"""The franchise's face: who may change it, what is refused, and where it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from franchise.mails import services as mails
from franchise.mails.delivery import deliver
from franchise.mails.models import Mail
from franchise.site.models import Brand
from tests.unit.franchise.site.test_png import picture

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/brand/"


def filled(**changes: Any) -> dict[str, Any]:
    return {"name": "Omantel Cloud", "sender": "", "accent": "#7a1fa2", "first": "ar",
            "offered": "both", **changes}  # fmt: skip


def png(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", data or picture(), content_type="image/png")


def test_given_a_face_when_kept_then_every_page_has_name_logo_and_colour(seller: Client) -> None:
    assert seller.post(PAGE, filled(logo=png()))["Location"] == PAGE
    page = Client().get("/redeem").text
    assert "Omantel Cloud" in page
    row = Brand.objects.get()
    assert f'src="/brand/logo.png?v={row.logo_hash}"' in page
    assert 'href="/brand/brand.css?v=7a1fa2"' in page
    logo = Client().get("/brand/logo.png")
    assert (logo.content, logo["Content-Type"]) == (picture(), "image/png")
    css = Client().get("/brand/brand.css")
    assert css["Content-Type"].startswith("text/css") and "--color-primary: #7a1fa2" in css.text
    assert row.changed_by.endswith("@example.com")
    [told] = AuditEvent.objects.filter(act="franchise.brand")
    assert "#7a1fa2" in str(told.after)


@pytest.mark.parametrize(
    ("field", "changes", "words"),
    [
        ("accent", {"accent": "#9ad0ff"}, "cannot be read well on white"),
        ("accent", {"accent": "teal"}, "like #0f6b5c"),
        ("accent", {"accent": "#1}a{};"}, "like #0f6b5c"),
        ("logo", {"logo": png(b"<svg onload=alert(1)>")}, "no PNG"),
        ("first", {"first": "fr"}, "fr"),
    ],
)
def test_given_what_cannot_be_when_sent_then_422_and_nothing_changes(
    seller: Client, field: str, changes: dict[str, Any], words: str
) -> None:
    page = seller.post(PAGE, filled(**changes))
    assert page.status_code == 422
    assert f'id="id_{field}-error"' in page.text and words in page.text
    assert not Brand.objects.exists()


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ORG_OWNER])
def test_given_no_sovereign_admin_when_opened_then_refused(log_in, role: str) -> None:
    assert log_in(role).get(PAGE).status_code == 403
    assert log_in(role).post(PAGE, filled()).status_code == 403
    assert not Brand.objects.exists()


def test_given_a_first_language_when_nobody_chose_then_it_is_read_unless_the_browser_asks(
    seller: Client,
) -> None:
    assert 'lang="en"' in Client().get("/redeem").text
    seller.post(PAGE, filled())
    assert '<html lang="ar" dir="rtl"' in Client().get("/redeem").text
    asks = Client().get("/redeem", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert '<html lang="en"' in asks and "العربية" in asks
    seller.post(PAGE, filled(offered="only"))
    only = Client().get("/redeem", headers={"Accept-Language": "en"}).text
    assert '<html lang="ar"' in only and 'value="en"' not in only


def test_given_a_sender_when_a_mail_goes_out_then_it_is_from_them(seller: Client) -> None:
    seller.post(PAGE, filled(sender="Omantel \r\nBcc: x@example.com", offered="both"))
    mails.send(
        kind="organization-ready", to="a@example.com", key="1",
        context={"organization": "Acme", "slug": "acme"},
    )  # fmt: skip
    deliver(mail_id=Mail.objects.get().pk)
    [sent] = mail.outbox
    assert sent.from_email.startswith('"Omantel Bcc: x@example.com" <')
    assert "\n" not in sent.from_email and "Bcc" not in sent.message()
    assert "Omantel Cloud" in sent.body
    assert "#7a1fa2" in str(sent.alternatives[0])


def test_given_no_logo_when_asked_for_then_404_and_it_can_be_taken_away(seller: Client) -> None:
    assert Client().get("/brand/logo.png").status_code == 404
    seller.post(PAGE, filled(logo=png()))
    seller.post(PAGE, filled())
    assert Brand.objects.get().logo_hash  # what is not sent stays
    seller.post(PAGE, filled(without_logo="on"))
    assert Client().get("/brand/logo.png").status_code == 404
