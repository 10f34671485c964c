"""Beginning a Change. The caller holds the Organization's row, or the worker's fence; joins their
transaction."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from franchise.applications import journal, steps
from franchise.applications.models import App, Change

Kind = Change.Kind
_STATES = {
    Kind.INSTALL: App.State.INSTALLING,
    Kind.CONFIGURE: App.State.CHANGING,
    Kind.UPGRADE: App.State.CHANGING,
    Kind.ROLL_BACK: App.State.CHANGING,
    Kind.REMOVE: App.State.REMOVING,
}


def begin(app: App, kind: Change.Kind, *, actor: str, **wanted: Any) -> Change:
    """A new one, and a worker woken. At most one runs: the caller has looked, the database says."""
    step = steps.ORDER[kind][0]
    made = Change.objects.create(
        app=app, kind=kind, step=step, actor=actor, wanted=wanted, next_look_at=Now(),
        words=str(step.label),
    )  # fmt: skip
    app.state = _STATES[kind]
    App.objects.filter(pk=app.pk).update(state=app.state)
    journal.say(app, f"{actor}: {kind} {app.name}.", step=step)
    journal.wake(app)
    return made


def running(app: App) -> Change | None:
    return Change.objects.filter(app=app, state=Change.State.RUNNING).first()


def last(app: App) -> Change | None:
    return Change.objects.filter(app=app).order_by("-created_at", "-id").first()


def remove(app: App, *, actor: str) -> None:
    """Whatever is under way ends, and it goes; nothing for one that is going or gone."""
    if app.state == App.State.REMOVED:
        return
    running = Change.objects.filter(app=app, state=Change.State.RUNNING)
    if running.filter(kind=Kind.REMOVE).exists():
        return
    running.update(
        state=Change.State.FAILED, next_look_at=None, ended_at=Now(), retryable=False,
        words="It is removed instead.",
    )  # fmt: skip
    begin(app, Kind.REMOVE, actor=actor)


def again(change: Change) -> None:
    """One that stopped goes on where it was."""
    Change.objects.filter(pk=change.pk).update(
        state=Change.State.RUNNING, next_look_at=Now(), ended_at=None, problem={}, attempts=0,
        step_since=Now(), words=str(Change.Step(change.step).label),
    )  # fmt: skip
    App.objects.filter(pk=change.app_id).update(state=_STATES[Change.Kind(change.kind)])
    journal.wake(change.app)
