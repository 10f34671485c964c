"""Follows a domain from step to step. One worker a domain (a lease), every step may be repeated:
killed anywhere, run again from the row. Rows are the truth; the outbox only wakes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import IntegrityError
from django.db.models.functions import Now

from catalyst.problem import Problem
from catalyst.vault.problems import VaultAway
from catalyst.work.clock import database_now
from catalyst.work.leases import Heartbeat, Held, LeaseLost, me, take
from catalyst.work.pauses import grown
from catalyst.work.steps import Fail, Outcome, Wait
from dns.byo import back, conflicts, following, forward, journal, machine, sealed, zone
from dns.byo.context import Context
from dns.byo.models import ENDED, DomainMove, MoveState, Step
from dns.byo.problems import DomainTaken, GaveUp
from dns.byo.schedule import is_over
from dns.byo.selectors import living
from dns.powerdns.client import PowerDns, PowerDnsError, Unavailable
from dns.registrars import problems as registrar

log = structlog.get_logger(__name__)
LEASE_SECONDS = 15.0
DUE_LIMIT = 50
FIRST_RETRY_SECONDS = 2.0
LAST_RETRY_SECONDS = 600.0
STEPS: dict[str, Callable[[Context], Outcome]] = {
    Step.PREFLIGHT: forward.run_preflight,
    Step.OWNERSHIP: forward.run_ownership,
    Step.ZONE: forward.run_zone,
    Step.SERVERS: forward.run_servers,
    Step.OLD_DS: forward.run_old_ds,
    Step.FLIP: forward.run_flip,
    Step.PROPAGATION: following.run_propagation,
    Step.PUBLISH_DS: following.run_publish_ds,
    Step.WATCH: following.run_watch,
    Step.BACK_DS: back.run_back_ds,
    Step.BACK_FLIP: back.run_back_flip,
    Step.BACK_DELEGATION: back.run_back_delegation,
    Step.BACK_OLD_DS: back.run_back_old_ds,
    Step.LEAVE: back.run_leave,
    Step.CLEAN: back.run_clean,
}
# Tried again by themselves: nobody's input is wrong.
TRANSIENT = (*registrar.TRANSIENT, registrar.PendingOperation, Unavailable, VaultAway)
# The registrar said no, and nothing of the change is under way any more.
REFUSED = (
    registrar.DomainLocked,
    registrar.DomainNotInAccount,
    registrar.InvalidNameservers,
    registrar.InvalidToken,
    registrar.IpNotAllowed,
    registrar.JobFailed,
    registrar.NameserverNotRegistered,
    registrar.NotEligible,
    registrar.NotSupportedForDomain,
    registrar.RecordConflict,
    registrar.ScopeMissing,
)


# What is here stays here, and what goes away has nobody to mend it.
NEVER_FAIL = (MoveState.ACTIVE, MoveState.RELEASING)


class Changed(Exception):
    """A service changed the row meanwhile: look again."""


def follow(*, move_id: uuid.UUID) -> None:
    """Do what is due. Raises nothing: it is tried again later; a busy domain is left alone."""
    if not living().filter(pk=move_id).exists():
        return
    holder = f"{me()}:{uuid.uuid4().hex[:8]}"
    held = take(f"dns:byo:{move_id}", holder=holder, ttl=LEASE_SECONDS)
    if held is None:
        return
    try:
        with Heartbeat(held), PowerDns.from_settings() as server:
            while _once(move_id, held, server):
                pass
    except LeaseLost:
        log.warning("lost the lease on a domain", move=str(move_id))
    except Exception:  # one poisoned row must not be tried in every round
        log.exception("a domain cannot be followed", move=str(move_id))
        _put_off(move_id)
    finally:
        held.release()


def due() -> list[uuid.UUID]:
    """Whose time has come, the longest waiting first."""
    rows = living().filter(next_poll_at__lte=Now())
    return list(rows.order_by("next_poll_at").values_list("pk", flat=True)[:DUE_LIMIT])


def _once(move_id: uuid.UUID, held: Held, server: PowerDns) -> bool:
    """One step; true when the next may follow at once."""
    row = DomainMove.objects.get(pk=move_id)
    now = database_now()
    if row.next_poll_at is None or row.next_poll_at > now:
        return False
    ctx = Context(row=row, server=server, ours=held.fenced, now=now)
    if row.state == MoveState.FAILED:
        return _keep_stopped_written(ctx, held)
    try:
        _keep_written(ctx)
        outcome = _or_give_up(ctx, STEPS[row.step](ctx))
    except TRANSIENT as problem:
        outcome = _later(ctx, problem)
    except Problem as problem:
        patient = isinstance(problem, PowerDnsError) or row.state in NEVER_FAIL
        outcome = _later(ctx, problem) if patient else Fail(problem)
    try:
        return _write(ctx, held, outcome)
    except Changed:
        return True


def _or_give_up(ctx: Context, outcome: Outcome) -> Outcome:
    """Before anybody is sent here, a person has three days for what is asked of them."""
    row = ctx.row
    late = row.state == MoveState.PREPARING and ctx.needs and is_over(ctx.now - row.step_since)
    return Fail(GaveUp(outcome.reason)) if late and isinstance(outcome, Wait) else outcome


def _keep_written(ctx: Context) -> None:
    """The zone follows the row at once, whatever step it is at."""
    if ctx.row.zone_made and not ctx.row.written:
        zone.ensure_written(ctx)
        ctx.changes["written"] = True


def _keep_stopped_written(ctx: Context, held: Held) -> bool:
    """What stopped takes no step; its zone still says what the row wants. True: look again."""
    row = ctx.row
    changes: dict[str, Any] = {"next_poll_at": None, "attempts": 0}
    try:
        _keep_written(ctx)
        changes |= ctx.changes
    except PowerDnsError as problem:
        log.info("a stopped domain waits", move=str(row.pk), type=problem.type)
        changes = _retry(row)
    with held.fenced():
        same = {"state": row.state, "address_v4": row.address_v4, "address_v6": row.address_v6}
        return not DomainMove.objects.filter(pk=row.pk, **same).update(**changes)


def _later(ctx: Context, problem: Problem) -> Outcome:
    """Wait, longer each time, at least as long as the other side asked; three days at most."""
    row = ctx.row
    # Since the first failure: the step may have waited for days before, as it should.
    tried = timedelta(seconds=row.attempts * LAST_RETRY_SECONDS)
    if is_over(tried) and row.state not in NEVER_FAIL:
        return Fail(GaveUp(f"For three days: {problem.detail or problem.title}"))
    asked = float(problem.extra.get("retry_after") or 0)
    ctx.changes["attempts"] = row.attempts + 1
    log.info("domain waits", move=str(row.pk), step=row.step, type=problem.type)
    return Wait(f"{problem.title}. {problem.detail}".strip(), max(asked, _grown(row)))


def _grown(row: DomainMove) -> float:
    """Seconds until the next try, of how many failed in a row."""
    return grown(row.attempts, first=FIRST_RETRY_SECONDS, last=LAST_RETRY_SECONDS)


def _retry(row: DomainMove) -> dict[str, Any]:
    pause = timedelta(seconds=_grown(row))
    return {"attempts": row.attempts + 1, "next_poll_at": Now() + pause}


def _put_off(move_id: uuid.UUID) -> None:
    """It is due, and cannot be followed: later again."""
    row = DomainMove.objects.get(pk=move_id)
    DomainMove.objects.filter(pk=move_id, next_poll_at__lte=Now()).update(**_retry(row))


def _write(ctx: Context, held: Held, outcome: Outcome) -> bool:
    """Everything that a step found out, in one transaction. Raises Changed, LeaseLost."""
    if isinstance(outcome, Fail):
        _take_zone_back(ctx, outcome.problem)
    try:
        with held.fenced():
            return _write_inside(ctx, outcome)
    except (DomainTaken, IntegrityError) as error:
        ctx.changes = {key: value for key, value in ctx.changes.items() if key != "proved_at"}
        ctx.lines, ctx.acts = [], []  # nothing of it came true
        taken = error if isinstance(error, DomainTaken) else DomainTaken("Somebody was quicker.")
        with held.fenced():
            return _write_inside(ctx, Fail(taken))


def _write_inside(ctx: Context, outcome: Outcome) -> bool:
    current = DomainMove.objects.select_for_update().get(pk=ctx.row.pk)
    if (current.state, current.step) != (ctx.row.state, ctx.row.step):
        raise Changed
    if (current.address_v4, current.address_v6) != (ctx.row.address_v4, ctx.row.address_v6):
        ctx.changes.pop("written", None)
    if "proved_at" in ctx.changes:
        conflicts.lock_family(current.registrable)
        conflicts.refuse_taken(
            current.fqdn, current.registrable, account=current.account, but=current.pk
        )
    asked_meanwhile = current.next_poll_at != ctx.row.next_poll_at
    for level, text in ctx.lines:
        journal.say(current, text, level=level)
    for act, facts in ctx.acts:
        journal.audit(current, act, **facts)
    for kind in ctx.mails:
        journal.promise_mail(current, kind)
    match outcome:
        case Wait(reason, seconds):
            _wait(ctx, current, reason, 0.0 if asked_meanwhile else seconds)
            return asked_meanwhile
        case Fail(problem):
            _stop(ctx, current, problem)
            return False
    return _go_on(ctx, current)


def _wait(ctx: Context, current: DomainMove, reason: str, seconds: float) -> None:
    state = ctx.changes.pop("state", current.state)
    machine.move(
        current,
        state,
        step=current.step,
        words=reason[:500],
        needs=list(ctx.needs),
        next_poll_at=Now() + timedelta(seconds=seconds),
        **{"attempts": 0, **ctx.changes},
    )


def _stop(ctx: Context, current: DomainMove, problem: Problem) -> None:
    sealed.forget(current)
    ctx.changes.pop("state", None)
    text = f"{problem.title}. {problem.detail}".strip()
    machine.move(
        current,
        MoveState.FAILED,
        step=current.step,
        words=f"{text} Mend that and press Go on."[:500],
        problem=problem.as_dict(),
        needs=list(ctx.needs),
        job="",
        next_poll_at=None,
        **{key: value for key, value in ctx.changes.items() if key != "job"},
    )
    journal.say(current, text, level="error")
    journal.audit(current, "stopped", type=problem.type)


def _go_on(ctx: Context, current: DomainMove) -> bool:
    ctx.changes.pop("state", None)
    state, step = machine.after(current.state, current.step)
    if state in (*ENDED, MoveState.ACTIVE) and state != current.state:
        sealed.forget(current)
    if state in ENDED:
        back.forget_secrets(ctx)
    ended = state in ENDED
    machine.move(
        current,
        state,
        step=step,
        words=current.get_state_display() if ended else str(Step(step).label),
        needs=list(ctx.needs),
        next_poll_at=None if ended else Now(),
        **{"job": "", "attempts": 0, **ctx.changes},
    )
    if ended:
        journal.say(current, f"{current.fqdn}: {current.get_state_display().lower()}.")
        journal.audit(current, "ended")
        journal.close(current)
    return not ended


def _take_zone_back(ctx: Context, problem: Problem) -> None:
    """The registrar refused the flip: our zone goes again, unless anybody is sent to it."""
    if ctx.row.step != Step.FLIP or not isinstance(problem, REFUSED) or not ctx.row.zone_made:
        return
    if forward.is_nobody_sent_here(ctx) and zone.remove(ctx):
        ctx.changes |= {"zone_made": False, "written": False}
        ctx.say("Our zone is removed again; nobody was sent to it.")
