"""Whoever wants no more offers says so with one click in the mail (RFC 8058), and can take it back.

The address in the mail names the mail by number under our signature: it tells nobody's address,
and opens nothing else.
"""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from catalyst.audit.services import record
from catalyst.problem import NotFound
from franchise.mails.models import Mail, MailSuppression

_SALT = "franchise.mails.stop"


def address_of(mail: Mail) -> str:
    """Where this mail's reader ends mails of its sort."""
    signed = Signer(salt=_SALT).sign(str(mail.pk))
    return f"{settings.CATALYST.public_url}{reverse('mail-stop', args=[signed])}"


def mail_of(signed: str) -> Mail:
    """The mail that the address names. Raises NotFound for one that we never wrote."""
    try:
        found = Mail.objects.filter(pk=int(Signer(salt=_SALT).unsign(signed))).first()
    except (BadSignature, ValueError):
        found = None
    if found is None:
        raise NotFound("This address is not from a mail of ours.")
    return found


def is_stopped(address: str) -> bool:
    """Does whoever reads there want no offers?"""
    return MailSuppression.objects.filter(address=address).exists()


def stop(*, mail: Mail, request: HttpRequest | None = None) -> None:
    """No offers to this mail's address from now on; said twice it stays so. Audited."""
    with transaction.atomic():
        _, is_new = MailSuppression.objects.get_or_create(address=mail.to, defaults={"mail": mail})
        if is_new:
            _record("mail.stop", mail, request)


def go_on(*, mail: Mail, request: HttpRequest | None = None) -> None:
    """Offers again. Audited."""
    with transaction.atomic():
        gone, _ = MailSuppression.objects.filter(address=mail.to).delete()
        if gone:
            _record("mail.go-on", mail, request)


def _record(act: str, mail: Mail, request: HttpRequest | None) -> None:
    record(actor=mail.to, act=act, object=f"mail:{mail.pk}", request=request)
