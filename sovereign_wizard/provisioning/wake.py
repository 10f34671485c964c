"""Wakes a worker for a Deployment. A hint only: the reaper finds due rows anyway."""

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
    try:
        app.send_task(
            TASK,
            args=[str(deployment_id)],
            queue=QUEUE,
            countdown=after or None,
            retry=False,
            expires=after + EXPIRES_SECONDS,
        )
    except OperationalError as error:  # the reaper will look
        log.warning("wake-up lost", deployment=str(deployment_id), error=type(error).__name__)


def after_commit(deployment_id: uuid.UUID) -> None:
    transaction.on_commit(lambda: now(deployment_id))
