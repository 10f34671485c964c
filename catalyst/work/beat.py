"""What happens every few seconds. Apps add their reapers; a lost wake-up costs one round."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from celery.signals import worker_init, worker_ready
from django.db import DatabaseError
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from catalyst.celery import app
from catalyst.work import clock, outbox
from catalyst.work.models import WorkerBeat

EVERY_SECONDS = 2.0
_rounds: list[Callable[[], object]] = []


def every_round(function: Callable[[], object]) -> Callable[[], object]:
    """Register an idempotent, quick look for work that is due."""
    _rounds.append(function)
    return function


def sign_of_life() -> None:
    WorkerBeat.objects.update_or_create(name=socket.gethostname(), defaults={"seen_at": Now()})


def tick() -> None:
    """One round, in a worker."""
    sign_of_life()
    outbox.drain()
    for look in _rounds:
        look()


def schedule() -> None:
    """Tell Celery beat, and let a committed outbox item wake a worker at once."""
    # A round that no worker took in time is dropped: the next one sees the same rows.
    options = {"expires": EVERY_SECONDS * 2}
    tick_entry = {"task": "work.tick", "schedule": EVERY_SECONDS, "options": options}
    app.conf.beat_schedule = {"tick": tick_entry}
    outbox.on_put(_wake)


def _wake() -> None:
    """Beat drains anyway: Redis being away is no reason for a committed act to look failed."""
    with suppress(OperationalError):
        app.send_task("work.drain", retry=False)


@worker_init.connect
def _only_in_time(**_: object) -> None:
    """A worker whose clock is off would drop tasks in silence; it does not start."""
    try:
        clock.must_agree()
    except clock.ClockIsOff as problem:
        raise SystemExit(str(problem)) from problem
    except DatabaseError:
        return  # away: what runs later waits for it


@worker_ready.connect
def _ready(**_: object) -> None:
    sign_of_life()
