"""Drafts that nobody goes on with: their owner is told, then they are thrown away with their
secrets."""

from __future__ import annotations

import uuid
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from catalyst.limits.services import hit
from catalyst.work import outbox
from sovereign_wizard.wizard import drafts, own_domain, steps
from sovereign_wizard.wizard.models import KEPT, Draft

log = structlog.get_logger(__name__)
TOPIC = "wizard.draft-expires"
TOLD_BEFORE = timedelta(days=3)
# A round is a look every few seconds: what is left over comes with the next.
AT_ONCE = 50


def look() -> int:
    """Tell whose draft ends soon, and throw away what is over; returns how many of those."""
    unfinished = Draft.objects.filter(deployment_id__isnull=True)
    for draft_id in unfinished.filter(
        told_at__isnull=True, updated_at__lte=Now() - (KEPT - TOLD_BEFORE)
    ).values_list("pk", flat=True)[:AT_ONCE]:
        _promise_mail(draft_id)
    over = unfinished.filter(updated_at__lte=Now() - KEPT).values_list("pk", flat=True)[:AT_ONCE]
    return sum(_end(draft_id) for draft_id in over)


def _promise_mail(draft_id: uuid.UUID) -> None:
    with transaction.atomic():
        # Not `save()`: being told is no answer, and must not keep it longer.
        if Draft.objects.filter(pk=draft_id, told_at__isnull=True).update(told_at=Now()):
            outbox.put(topic=TOPIC, key=str(draft_id))


def _end(draft_id: uuid.UUID) -> bool:
    """Unless its owner went on at the last moment, or another worker was here."""
    with transaction.atomic():
        draft = (
            Draft.objects.select_for_update(skip_locked=True)
            .filter(pk=draft_id, deployment_id__isnull=True, updated_at__lte=Now() - KEPT)
            .first()
        )
        if draft is None:
            return False
        drafts.discard(draft=draft, actor="system:wizard")
    return True


def send(*, draft_id: uuid.UUID) -> None:
    """Tell the owner. Says nothing when they went on, or are told too much already."""
    draft = Draft.objects.filter(pk=draft_id, deployment_id__isnull=True).first()
    if draft is None or draft.told_at is None:
        return
    recipient = draft.owner.email
    if not hit(action="mail", key=recipient.lower()).allowed:
        log.warning("mail not sent: too many to one recipient", draft=str(draft_id))
        return
    what = own_domain.fqdn(draft) or "a Sovereign without a name"
    page = settings.CATALYST.public_url + steps.url(draft, steps.first_open(draft))
    send_mail(
        f"Your draft of {what} is thrown away soon",
        f"You began to ask for {what} and stopped. Nothing was made. The draft is kept until "
        f"{draft.expires_at:%-d %B %Y, %H:%M} UTC; going on keeps it for {KEPT.days} days more.\n\n"
        f"{page}\n\nAll your drafts: {settings.CATALYST.public_url}{reverse('sovereigns')}\n",
        None,
        [recipient],
    )
