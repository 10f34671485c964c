"""Which mails were promised, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from franchise.mails.models import Mail, MailState

PAGE = 50
_WAITS_LONG = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[Mail]
    next_before: int | None


def page(*, to: str = "", state: str = "", kind: str = "", before: int | None = None) -> Found:
    """Newest first. `to` is a whole address."""
    rows = Mail.objects.order_by("-pk")
    if to:
        rows = rows.filter(to=to.lower())
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return Found(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def waiting() -> int:
    """How many wait for longer than a mail should: the mail server is away, or there is none."""
    late = Mail.objects.filter(state=MailState.PROMISED, promised_at__lt=Now() - _WAITS_LONG)
    return late.count()
