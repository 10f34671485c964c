"""Follows a Change from step to step. One worker an App (a lease), every step may be repeated:
killed anywhere, run again from the row. Rows are the truth; the outbox only wakes.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import structlog
from django.db.models.functions import Now

from catalyst.problem import Problem
from catalyst.vault.problems import VaultAway
from catalyst.work.clock import database_now
from catalyst.work.leases import Heartbeat, Held, LeaseLost, me, take
from catalyst.work.pauses import grown
from catalyst.work.steps import Fail, Outcome, Wait
from franchise.applications import connections, ends, journal, steps
from franchise.applications.context import Context
from franchise.applications.models import App, Change
from franchise.applications.problems import TookTooLong
from franchise.cluster.http import Cluster
from franchise.cluster.problems import ClusterAway, NotAllowed
from franchise.gitea.http import Connection
from franchise.gitea.problems import Away, TokenRefused, WentOn

log = structlog.get_logger(__name__)
LEASE_SECONDS = 15.0
DUE_LIMIT = 50
FIRST_RETRY_SECONDS = 2.0
LAST_RETRY_SECONDS = 60.0
# Of one step, while both servers answer. Helm's own tries end before.
LONGEST = timedelta(minutes=30)
# Tried again by themselves: nothing the customer said is wrong, and nobody of theirs could mend it.
TRANSIENT = (Away, TokenRefused, WentOn, ClusterAway, NotAllowed, VaultAway)


class Changed(Exception):
    """A service changed the row meanwhile: look again."""


def follow(*, app_id: int) -> None:
    """Do what is due. Raises nothing: it is tried again later; a busy App is left alone."""
    if not _running(app_id).exists():
        return
    held = take(
        f"franchise:app:{app_id}", holder=f"{me()}:{uuid.uuid4().hex[:8]}", ttl=LEASE_SECONDS
    )
    if held is None:
        return
    try:
        with Heartbeat(held), ExitStack() as ends_:
            gitea = ends_.enter_context(connections.gitea())
            cluster = ends_.enter_context(connections.cluster())
            while once(app_id, held, gitea, cluster):
                pass
    except LeaseLost:
        log.warning("lost the lease on an app", app=app_id)
    except ClusterAway as problem:  # its authority cannot be read
        _put_off(app_id, problem)
    except Exception:  # one poisoned row must not be tried in every round
        log.exception("an app cannot be followed", app=app_id)
        _put_off(app_id, None)
    finally:
        held.release()


def due() -> list[int]:
    """Apps whose time has come, the longest waiting first."""
    rows = Change.objects.filter(next_look_at__lte=Now(), state=Change.State.RUNNING)
    return list(rows.order_by("next_look_at").values_list("app_id", flat=True)[:DUE_LIMIT])


def _running(app_id: int) -> Any:
    rows = Change.objects.select_related("app__organization", "app__environment")
    return rows.filter(app_id=app_id, state=Change.State.RUNNING)


def once(app_id: int, held: Held, gitea: Connection, cluster: Cluster) -> bool:
    """One step of what is due, by the holder of the App's lease; true when the next may follow."""
    change: Change | None = _running(app_id).first()
    now = database_now()
    if change is None or change.next_look_at is None or change.next_look_at > now:
        return False
    ctx = Context(change=change, gitea=gitea, cluster=cluster, ours=held.fenced, now=now)
    try:
        outcome = _in_time(ctx, steps.STEPS[change.step](ctx))
    except TRANSIENT as problem:
        outcome = _later(ctx, problem)
    except Problem as problem:
        outcome = _later(ctx, problem) if _never_fails(change) else Fail(problem)
    try:
        with held.fenced():
            return _write(ctx, outcome)
    except Changed:
        return True


def _never_fails(change: Change) -> bool:
    """What goes away has nobody to mend it."""
    return change.kind == Change.Kind.REMOVE


def _in_time(ctx: Context, outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Wait) or _never_fails(ctx.change):
        return outcome
    if ctx.now - ctx.change.step_since <= LONGEST:
        return outcome
    return Fail(TookTooLong(outcome.reason))


def _later(ctx: Context, problem: Problem) -> Outcome:
    """Wait, longer each time; the time of an outage is no part of what the step may take."""
    change = ctx.change
    ctx.changes |= {"attempts": change.attempts + 1, "step_since": Now()}
    log.info("app waits", app=change.app_id, step=change.step, type=problem.type)
    if not change.attempts:
        ctx.say(f"{problem.title}. We ask again.", level="warn")
    return Wait(f"{problem.title}. We ask again.", _grown(change.attempts))


def _grown(attempts: int) -> float:
    return grown(attempts, first=FIRST_RETRY_SECONDS, last=LAST_RETRY_SECONDS)


def _put_off(app_id: int, problem: Problem | None) -> None:
    change = _running(app_id).first()
    if change is not None:
        words = {"words": str(problem.title)} if problem else {}
        pause = timedelta(seconds=_grown(change.attempts))
        Change.objects.filter(pk=change.pk, state=Change.State.RUNNING).update(
            attempts=change.attempts + 1, next_look_at=Now() + pause, **words
        )


def _write(ctx: Context, outcome: Outcome) -> bool:
    """Everything that a step found out, in one transaction. Raises Changed."""
    current = Change.objects.select_for_update().get(pk=ctx.change.pk)
    if (current.state, current.step) != (Change.State.RUNNING, ctx.change.step):
        raise Changed
    asked_meanwhile = current.next_look_at != ctx.change.next_look_at
    app = ctx.app
    for level, text in ctx.lines:
        journal.say(app, text, step=current.step, level=level)
    if ctx.of_app:
        App.objects.filter(pk=app.pk).update(**ctx.of_app)
    match outcome:
        case Wait(reason, seconds):
            if reason != current.words and not ctx.lines:
                journal.say(app, reason, step=current.step)
            seconds = 0.0 if asked_meanwhile else seconds
            _update(
                current,
                words=reason[:500],
                next_look_at=Now() + timedelta(seconds=seconds),
                **{"attempts": 0, **ctx.changes},
            )
            return asked_meanwhile
        case Fail(problem, retryable):
            ends.stop(current, problem, retryable=retryable)
            return False
    return _go_on(ctx, current)


def _go_on(ctx: Context, current: Change) -> bool:
    following = steps.after(current.kind, current.step)
    if following is None:
        _update(current, **ctx.changes)
        current.refresh_from_db()
        ends.finish(current)
        return False
    _update(
        current,
        step=following,
        words=str(following.label),
        next_look_at=Now(),
        step_since=Now(),
        **{"attempts": 0, **{k: v for k, v in ctx.changes.items() if k != "step_since"}},
    )
    return True


def _update(change: Change, **changes: Any) -> None:
    if changes:
        Change.objects.filter(pk=change.pk).update(**changes)
