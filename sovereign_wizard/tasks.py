"""Celery tasks of this app: three lines each."""

from __future__ import annotations

import uuid

from celery import shared_task

from catalyst.work import outbox
from catalyst.work.beat import every_round
from catalyst.work.models import OutboxItem
from sovereign_wizard.cluster import watching
from sovereign_wizard.handover import clean_up as cleaning
from sovereign_wizard.handover import wake as clean_ups
from sovereign_wizard.notices import services as notices
from sovereign_wizard.provisioning import director, reaper, wake
from sovereign_wizard.wizard import expiry


@shared_task(name=wake.TASK)
def advance(deployment_id: str) -> None:
    """Take the lease and do what comes next."""
    director.advance(uuid.UUID(deployment_id))


every_round(reaper.look)


@shared_task(name=clean_ups.TASK)
def clean_up(clean_up_id: str) -> None:
    """Remove a reviewed list of leftovers."""
    cleaning.advance(uuid.UUID(clean_up_id))


every_round(clean_ups.look)


@shared_task(name=watching.TASK)
def go_on(deployment_id: str) -> None:
    """Go on with a run that Flux had stopped, if Flux has not given up any more."""
    watching.go_on(uuid.UUID(deployment_id))


every_round(watching.look)


@outbox.handler(notices.TOPIC)
def write(item: OutboxItem) -> None:
    """Tell the owner of a Deployment what became of it."""
    notices.send(span_id=int(item.key))


@outbox.handler(expiry.TOPIC)
def draft_expires(item: OutboxItem) -> None:
    """Tell the owner of a draft that it is thrown away soon."""
    expiry.send(draft_id=uuid.UUID(item.key))


every_round(expiry.look)
