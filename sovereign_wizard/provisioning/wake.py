"""Wakes a worker, for a Deployment above all. A hint only: the rounds find due rows anyway."""

from __future__ import annotations

import uuid

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from catalyst.celery import app

log = structlog.get_logger(__name__)
TASK = "sovereign_wizard.advance"
QUEUE = "runs"
EXPIRES_SECONDS = 30.0


def now(deployment_id: uuid.UUID, *, after: float = 0) -> None:
    """Queue a look at the Deployment in `after` seconds. Redis being away is no failure."""
    queue(TASK, deployment_id, after=after)


def queue(task: str, key: uuid.UUID, *, after: float = 0) -> None:
    """Queue this task about one row, for a round that would find it anyway."""
    try:
        app.send_task(
            task,
            args=[str(key)],
            queue=QUEUE,
            countdown=after or None,
            retry=False,
            expires=after + EXPIRES_SECONDS,
        )
    except OperationalError as error:  # the next round will look
        log.warning("wake-up lost", task=task, key=str(key), error=type(error).__name__)


def after_commit(deployment_id: uuid.UUID) -> None:
    transaction.on_commit(lambda: now(deployment_id))
