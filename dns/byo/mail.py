"""What is written to the contact of a domain that takes long, or is no longer here."""

from __future__ import annotations

import uuid

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from catalyst.limits.services import hit
from dns.byo.models import DomainMove

log = structlog.get_logger(__name__)

_HOURS = {"24": "a day", "48": "two days"}
_LOST = {
    "gone": "is no longer registered, or has expired",
    "not-yet": "no longer names our name servers",
    "mixed": "names other name servers beside ours",
    "lame": "is not answered by every one of our name servers",
    "bogus": "has a DS record that does not fit our key, so its answers are not trusted",
    "split": "is not seen in the same way everywhere",
    "silent": "cannot be looked up: its parent's name servers do not answer",
}


def send(*, move_id: uuid.UUID, kind: str) -> None:
    """`kind`: `24`, `48`, or the verdict that a domain of ours has now."""
    row = DomainMove.objects.filter(pk=move_id).first()
    if row is None or not row.contact:
        return
    if not hit(action="mail", key=row.contact.lower()).allowed:
        log.warning("mail not sent: too many to one recipient", move=str(row.pk), kind=kind)
        return
    if kind in _HOURS:
        subject = f"{row.fqdn}: still not here after {_HOURS[kind]}"
        text = (
            f"{row.fqdn} was to come to our name servers {_HOURS[kind]} ago.\n\n{row.words}\n\n"
            "We go on asking for three days in all."
        )
    else:
        subject = f"{row.fqdn} needs a look"
        text = f"{row.fqdn} {_LOST.get(kind, 'is not as it was')}.\n\n{row.words}"
    page = f"{settings.CATALYST.public_url}{reverse('move', args=[row.pk])}"
    send_mail(subject, f"{text}\n\n{page}\n", None, [row.contact])
