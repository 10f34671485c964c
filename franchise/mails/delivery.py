"""A worker's side: one promised mail is rendered, handed to the mail server, and marked as sent."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from email.utils import formataddr, parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from catalyst.identity.models import User
from catalyst.problem import NotFound, Problem
from catalyst.vault import services as vault
from franchise.mails import kinds, stopping
from franchise.mails.models import Mail, MailState
from franchise.mails.rendering import render
from franchise.site.brand import services as brand

log = structlog.get_logger(__name__)
MOST_A_DAY = 10  # to one address, of what customers ask us to send to anybody
_NO_SERVER = "django.core.mail.backends.dummy.EmailBackend"


class NoMailServer(Problem):
    type = "no-mail-server"
    title = "No mail server"
    status = 503


class MailboxHadEnough(Problem):
    type = "mailbox-had-enough"
    title = "Too many mails to one address"
    status = 429


def deliver(*, mail_id: int) -> None:
    """Send a mail that is promised; any other is left alone. Raises whatever may be over later.

    The row is held until the mail server answered, so two workers never send one mail. An address
    or a mail that the server refuses for good is kept as failed.
    """
    Mail.objects.filter(pk=mail_id, state=MailState.PROMISED).update(attempts=F("attempts") + 1)
    with transaction.atomic():
        mail = Mail.objects.select_for_update().filter(pk=mail_id, state=MailState.PROMISED).first()
        if mail is None:
            return
        if kinds.of(mail.kind).marketing and stopping.is_stopped(mail.to):
            _close(mail, MailState.SUPPRESSED)
            return
        _must_be_possible(mail)
        try:
            message = _message(mail)
        except NotFound:
            _close(mail, MailState.FAILED, "what it tells is no longer kept")
            return
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as refusal:
            _give_up_if_final(mail, max(code for code, _ in refusal.recipients.values()), refusal)
        except smtplib.SMTPDataError as refusal:
            _give_up_if_final(mail, refusal.smtp_code, refusal)
        else:
            _close(mail, MailState.SENT)


def _must_be_possible(mail: Mail) -> None:
    if settings.EMAIL_BACKEND == _NO_SERVER:
        raise NoMailServer("No mail server is set (CATALYST_SMTP_URL). The mail waits for one.")
    if kinds.of(mail.kind).to_anybody and _got_today(mail.to) >= MOST_A_DAY:
        raise MailboxHadEnough("This address got many mails today. The mail waits.")


def _got_today(address: str) -> int:
    """Rows and no counter: a mail that is tried ten times is still one mail."""
    by_customers = [kind for kind, words in kinds.KINDS.items() if words.to_anybody]
    return Mail.objects.filter(
        to=address, kind__in=by_customers, sent_at__gt=Now() - timedelta(days=1)
    ).count()


def _message(mail: Mail) -> EmailMultiAlternatives:
    secrets = {name: vault.get(reference) for name, reference in mail.secrets.items()}
    words = kinds.unpacked(mail.kind, mail.context, secrets)
    stop_url = stopping.address_of(mail) if words.marketing else ""
    face = brand.current()
    said = render(
        kind=mail.kind, words=words, language=_language_of(mail, face), stop_url=stop_url, face=face
    )
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    if stop_url:
        headers["List-Unsubscribe"] = f"<{stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    sender = formataddr((face.sender, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    message = EmailMultiAlternatives(said.subject, said.text, sender, [mail.to], headers=headers)
    message.attach_alternative(said.html, "text/html")
    return message


def _language_of(mail: Mail, face: brand.Face) -> str:
    """As the mail says; else as whoever has this address reads our pages."""
    if mail.language:
        return mail.language
    known = User.objects.filter(email__iexact=mail.to, is_active=True).exclude(language="")
    chosen = known.order_by("-pk").values_list("language", flat=True).first()
    return chosen if chosen in dict(settings.LANGUAGES) else face.languages[0]


def _give_up_if_final(mail: Mail, code: int, refusal: smtplib.SMTPException) -> None:
    """5xx is for good (RFC 5321 §4.2.1); after 4xx the mail is tried again."""
    if code < 500:
        raise refusal
    log.warning("mail refused for good", mail=mail.pk, kind=mail.kind, code=code)
    _close(mail, MailState.FAILED, f"the mail server refused it ({code})")


def _close(mail: Mail, state: MailState, problem: str = "") -> None:
    for reference in mail.secrets.values():
        vault.delete(reference)
    Mail.objects.filter(pk=mail.pk).update(
        state=state,
        problem=problem,
        secrets={},
        sent_at=Now() if state == MailState.SENT else None,
    )
