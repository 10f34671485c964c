"""Offers end with one click from the mail (RFC 8058); what concerns the reader's own goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.test import Client

from catalyst.audit.models import AuditEvent
from catalyst.vault.secret import Secret
from franchise.mails import services
from franchise.mails.models import Mail, MailState, MailSuppression
from franchise.money import Money
from tests.integration.franchise.mails.conftest import Server

pytestmark = pytest.mark.django_db
Work = Callable[[], list[Exception]]
TO = "reader@acme.example"


def offer(key: str) -> Mail:
    services.send(
        kind="voucher-issued",
        to=TO,
        key=key,
        context={
            "code": Secret("7Q4K-9D2M-1H6R"),
            "credit": Money(12_345, "OMR"),
            "ends": datetime(2026, 12, 3, tzinfo=UTC),
            "redeem_url": "https://omantel.example/redeem",
        },
    )
    return Mail.objects.get(key=key)


def bill(key: str) -> Mail:
    context = {"organization": "Acme", "slug": "acme", "left": Money(1, "OMR")}
    services.send(kind="credit-low", to=TO, key=key, context=context)
    return Mail.objects.get(key=key)


def one_click(came) -> str:  # type: ignore[no-untyped-def]
    """The address that a mail program posts to, as RFC 8058 §3.1 wants it said."""
    assert came["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return urlsplit(str(came["List-Unsubscribe"]).strip(" <>")).path


def test_given_an_offer_when_its_reader_clicks_once_then_no_other_comes_but_bills_do(
    server: Server, work: Work
) -> None:
    offer("1")
    work()
    where = one_click(server.taken[0])
    answer = Client(enforce_csrf_checks=True).post(where, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 302
    second, third = offer("2"), bill("3")
    work()
    second.refresh_from_db(), third.refresh_from_db()
    assert (second.state, second.secrets) == (MailState.SUPPRESSED, {})
    assert third.state == MailState.SENT
    assert "List-Unsubscribe" not in server.taken[1]
    assert AuditEvent.objects.filter(act="mail.stop").count() == 1


def test_given_a_program_that_follows_links_when_it_opens_the_page_then_nothing_is_stopped(
    server: Server, work: Work
) -> None:
    offer("1")
    work()
    page = Client().get(one_click(server.taken[0]))
    assert page.status_code == 200 and TO not in page.text
    assert not MailSuppression.objects.exists()


def test_given_offers_stopped_when_taken_back_then_they_come_again(
    server: Server, work: Work
) -> None:
    offer("1")
    work()
    where = one_click(server.taken[0])
    browser = Client()
    assert "No more offers" in browser.post(where, follow=True).text
    again = browser.post(where.replace("/stop/", "/go-on/"), follow=True)
    assert "Send me no more offers" in again.text
    assert offer("2") and work() == []
    assert len(server.taken) == 2


@pytest.mark.parametrize("change", ["1:", "999999999:", "x:", ""])
def test_given_an_address_of_no_mail_of_ours_when_asked_then_not_found(
    server: Server, work: Work, change: str
) -> None:
    offer("1")
    work()
    signed = one_click(server.taken[0]).split("/")[2]
    other = f"{change}{signed.partition(':')[2]}" if change else "nothing"
    if other == signed:
        other += "x"
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/mail/{other}/stop/").status_code == 404
    assert not MailSuppression.objects.exists()
