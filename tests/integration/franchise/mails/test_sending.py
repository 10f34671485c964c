"""A mail is promised with the act, sent once over verified TLS, and never lost."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from catalyst.identity.models import User
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret
from catalyst.work.models import OutboxItem
from franchise.mails import delivery, kinds, services
from franchise.mails.models import Mail, MailState
from tests.integration.franchise.mails.conftest import Server

pytestmark = pytest.mark.django_db
Work = Callable[[], list[Exception]]
TO = "reader@acme.example"
LINK = "https://console.example/invitation?token=canary-token"


def invite(*, key: str = "1", to: str = TO, language: str = "") -> Mail:
    services.send(
        kind="invite",
        to=to,
        key=key,
        language=language,
        context={
            "organization": "Acme",
            "slug": "acme",
            "invited_by": "owner@acme.example",
            "role": "Admin",
            "link": Secret(LINK),
            "ends": datetime(2026, 12, 3, tzinfo=UTC),
        },
    )
    return Mail.objects.get(key=key, to=to.lower())


def everything_kept() -> str:
    """Every text of the rows that a mail leaves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m::text FROM franchise_mail m UNION ALL SELECT o::text FROM work_outbox o"
        )
        return json.dumps(cursor.fetchall())


def test_given_an_act_that_fails_when_it_promised_a_mail_then_there_is_none(db: None) -> None:
    with transaction.atomic():
        invite()
        transaction.set_rollback(True)
    assert not Mail.objects.exists()
    assert not OutboxItem.objects.filter(topic=services.TOPIC).exists()


def test_w22_given_a_promised_mail_when_the_worker_comes_then_it_arrives_as_text_and_html_over_tls(
    server: Server, work: Work
) -> None:
    mail = invite()
    assert work() == []
    (came,) = server.taken
    assert (came["To"], came["Message-ID"]) == (TO, mail.message_id)
    assert [part.get_content_type() for part in came.iter_parts()] == ["text/plain", "text/html"]
    assert LINK in came.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert server.in_clear == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.SENT, 1)
    assert mail.sent_at is not None


def test_w25_given_a_server_nobody_vouches_for_when_sent_then_nothing_is_told_to_it(
    server: Server, work: Work, settings: Any
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"ca_bundle": None})  # the public ones
    mail = invite()
    assert [type(error) for error in work()] == [ssl.SSLCertVerificationError]
    mail.refresh_from_db()
    assert (server.taken, server.in_clear, mail.state) == ([], 0, MailState.PROMISED)


def test_given_one_event_when_promised_twice_then_one_mail(server: Server, work: Work) -> None:
    first, second = invite(), invite(to=TO.upper())
    assert first.pk == second.pk
    work()
    assert len(server.taken) == 1
    invite(key="2")
    work()
    assert len(server.taken) == 2


def test_given_a_mail_that_was_sent_when_the_worker_comes_again_then_it_is_not_sent_again(
    server: Server, work: Work
) -> None:
    mail = invite()
    work()
    delivery.deliver(mail_id=mail.pk)
    assert len(server.taken) == 1


def test_given_the_mail_server_away_when_it_is_back_then_the_mail_arrives_with_the_same_id(
    server: Server, work: Work, settings: Any
) -> None:
    mail, port = invite(), settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    for _ in range(3):
        assert [type(error) for error in work()] == [ConnectionRefusedError]
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.PROMISED, 3)
    settings.EMAIL_PORT = port
    assert work() == []
    assert [came["Message-ID"] for came in server.taken] == [mail.message_id]


@pytest.mark.parametrize(
    ("where", "answer", "state"),
    [
        (TO, "550 no such mailbox", MailState.FAILED),
        (TO, "451 try again later", MailState.PROMISED),
        ("DATA", "554 not this", MailState.FAILED),
        ("DATA", "452 disk full", MailState.PROMISED),
    ],
)
def test_given_a_refusal_when_it_is_for_good_then_given_up_and_else_tried_again(
    server: Server, work: Work, where: str, answer: str, state: MailState
) -> None:
    mail = invite()
    server.answers[where] = answer
    assert bool(work()) == (state == MailState.PROMISED)
    mail.refresh_from_db()
    assert mail.state == state
    assert bool(mail.problem) == (state == MailState.FAILED)
    server.answers.clear()
    work()
    assert len(server.taken) == (state == MailState.PROMISED)


def test_given_no_mail_server_when_the_worker_comes_then_the_mail_waits_for_one(
    work: Work, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    mail = invite()
    assert [type(error) for error in work()] == [delivery.NoMailServer]
    mail.refresh_from_db()
    assert mail.state == MailState.PROMISED


@pytest.mark.parametrize("ending", ["sent", "refused"])
def test_w25_given_a_secret_when_the_mail_ended_then_it_was_in_no_row_and_left_the_vault(
    server: Server, work: Work, ending: str
) -> None:
    mail = invite()
    assert "canary-token" not in everything_kept()
    (reference,) = mail.secrets.values()
    assert SealedSecret.objects.filter(pk=reference).exists()
    if ending == "refused":
        server.answers[TO] = "550 no"
    work()
    assert "canary-token" not in everything_kept()
    assert not SealedSecret.objects.filter(pk=reference).exists()


def test_given_a_secret_that_is_gone_when_the_worker_comes_then_the_mail_says_why_it_failed(
    server: Server, work: Work
) -> None:
    mail = invite()
    SealedSecret.objects.filter(pk__in=mail.secrets.values()).delete()
    assert work() == []
    mail.refresh_from_db()
    assert (mail.state, server.taken) == (MailState.FAILED, [])
    assert "no longer kept" in mail.problem


@pytest.mark.parametrize(
    ("asked", "chosen", "direction"),
    [("", "", "ltr"), ("", "ar", "rtl"), ("en", "ar", "ltr"), ("ar", "en", "rtl")],
)
def test_given_a_language_when_sent_then_the_mails_own_comes_before_the_readers(
    server: Server, work: Work, asked: str, chosen: str, direction: str
) -> None:
    User.objects.create(subject=TO, email=TO.upper(), language=chosen)
    invite(language=asked)
    work()
    html = server.taken[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert f'dir="{direction}"' in html


def test_given_an_address_that_is_none_when_promised_then_refused() -> None:
    with pytest.raises(ValidationError):
        invite(to="reader@acme.example\nBcc: all@example.com")


def test_given_a_language_nobody_writes_when_promised_then_refused() -> None:
    with pytest.raises(kinds.WrongWords):
        invite(language="tlh")


def test_given_a_mailbox_that_got_many_invitations_when_another_comes_then_it_waits(
    server: Server, work: Work
) -> None:
    for number in range(delivery.MOST_A_DAY + 1):
        invite(key=str(number))
    for _ in range(3):  # to try does not count: it goes when the day is over
        assert [type(error) for error in work()] == [delivery.MailboxHadEnough]
    assert len(server.taken) == delivery.MOST_A_DAY
    Mail.objects.filter(key="0").update(sent_at=Now() - timedelta(days=1, seconds=1))
    assert work() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "lost"},
        {"state": "sent"},
        {"state": "failed", "secrets": {"link": "x"}},
        {"to": "Reader@acme.example"},
    ],
    ids=["unknown-state", "sent-without-a-time", "secret-kept-after-the-end", "case"],
)
def test_given_a_row_that_cannot_be_when_written_then_the_database_refuses(
    wrong: dict[str, Any],
) -> None:
    mail = invite()
    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(**wrong)
