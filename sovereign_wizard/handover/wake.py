"""Wakes a worker for a clean-up. A hint only: `look` finds due rows anyway."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models.functions import Now

from sovereign_wizard.handover.models import CleanUp, CleanUpState
from sovereign_wizard.provisioning import wake

TASK = "sovereign_wizard.clean_up"


def now(clean_up_id: uuid.UUID) -> None:
    """Queue it. Redis being away is no failure: the next round queues it again."""
    wake.queue(TASK, clean_up_id)


def after_commit(clean_up_id: uuid.UUID) -> None:
    transaction.on_commit(lambda: now(clean_up_id))


def look() -> int:
    """Queue every clean-up that is due; returns how many. One that is being worked on is queued in
    vain: its lease turns the second worker away."""
    due = CleanUp.objects.filter(state=CleanUpState.ASKED, look_at__lte=Now())
    for clean_up in due:
        now(clean_up.pk)
    return len(due)
