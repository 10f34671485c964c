"""Writes down what a phase answered. Every write is fenced and finds out first whether a person
cancelled meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from catalyst.audit.services import record
from catalyst.eventlog import services as eventlog
from catalyst.problem import Problem
from catalyst.vault import services as vault
from catalyst.work.clock import database_now
from catalyst.work.steps import Wait
from sovereign_wizard.notices import services as notices
from sovereign_wizard.provisioning import state_versions, vault_away
from sovereign_wizard.provisioning.context import Back, Context, Phase, merge_facts
from sovereign_wizard.provisioning.machine import at_end, at_work, transition
from sovereign_wizard.provisioning.models import (
    Deployment,
    PhaseRun,
    PhaseState,
    RunKind,
    State,
)
from sovereign_wizard.provisioning.order import ASK
from sovereign_wizard.provisioning.runs import close
from sovereign_wizard.provisioning.watch import CancelAsked

ENDING = (State.CANCELLING, State.CANCELLED)
# What is still of use after the end: it opens the copies of the state.
KEPT_AFTER_DESTROY = frozenset({"state-passphrase"})


@contextmanager
def _ours(ctx: Context) -> Iterator[Deployment]:
    """A fenced transaction with the locked, fresh row. Raises LeaseLost, CancelAsked."""
    with ctx.beat.held.fenced():
        fresh = Deployment.objects.select_for_update()
        ctx.deployment.refresh_from_db(from_queryset=fresh)
        if ctx.deployment.state in ENDING:
            raise CancelAsked
        yield ctx.deployment


def started(ctx: Context, row: PhaseRun, phase: Phase) -> None:
    with _ours(ctx) as deployment:
        if row.state != PhaseState.WAITING:
            row.attempts += 1
            ctx.say(phase.title, mark="start", attempt=row.attempts)
        row.started_at = row.started_at or database_now()
        vault_away.begins(row)
        if row.state == PhaseState.PENDING:
            row.state = PhaseState.RUNNING
        row.save(update_fields=["state", "attempts", "started_at", *vault_away.FIELDS])
        if deployment.state == State.QUEUED:
            transition(deployment, at_work(ctx.run))


def done(ctx: Context, row: PhaseRun, facts: dict[str, Any]) -> None:
    with _ours(ctx) as deployment:
        row.state, row.finished_at, row.reason = PhaseState.DONE, database_now(), ""
        row.save(update_fields=["state", "finished_at", "reason"])
        if deployment.state == State.WAITING:
            transition(deployment, at_work(ctx.run))
        merge_facts(deployment, facts)
    assert row.started_at is not None and row.finished_at is not None
    seconds = (row.finished_at - row.started_at).total_seconds()
    ctx.say(f"done in {seconds:.1f} s", mark="end", seconds=round(seconds, 3))


def waits(ctx: Context, row: PhaseRun, outcome: Wait) -> None:
    reason = ctx.journal.redactor.clean(outcome.reason)
    with _ours(ctx) as deployment:
        changed = row.state != PhaseState.WAITING or row.reason != reason
        row.state, row.reason = PhaseState.WAITING, reason[:500]
        if outcome.counted:
            vault_away.answers(row)
        else:
            vault_away.still_away(row)
        row.save(update_fields=["state", "reason", *vault_away.FIELDS])
        if deployment.state != State.WAITING:
            transition(deployment, State.WAITING, because=reason)
            if row.phase in ASK:
                notices.promise_of_wait(deployment)
        deployment.reason, deployment.waits_for = reason[:500], row.phase
        deployment.look_at = database_now() + timedelta(seconds=outcome.seconds)
        deployment.save(update_fields=["reason", "waits_for", "look_at", "updated_at"])
        if changed:
            line = eventlog.Line(f"waiting: {reason}", phase=row.phase)
            eventlog.append(deployment.subject, [line])


def back(ctx: Context, row: PhaseRun, outcome: Back) -> None:
    """The phases from `outcome.phase` on are to be done again, with new budgets."""
    with _ours(ctx) as deployment:
        first = ctx.run.phases.get(phase=outcome.phase)
        ctx.run.phases.filter(position__gte=first.position).update(
            state=PhaseState.PENDING,
            started_at=None,
            finished_at=None,
            reason="",
            vault_away_since=None,
            vault_away_seconds=0.0,
        )
        if deployment.state == State.WAITING:
            transition(deployment, at_work(ctx.run))
        line = eventlog.Line(f"back to {outcome.phase}: {outcome.reason}", phase=row.phase)
        eventlog.append(deployment.subject, [line])


def failed(ctx: Context, row: PhaseRun, problem: Problem, retryable: bool) -> None:
    plain = {**problem.as_dict(), "phase": row.phase, "retryable": retryable}
    document = json.loads(ctx.journal.redactor.clean(json.dumps(plain, default=str)))
    with _ours(ctx) as deployment:
        row.state, row.finished_at, row.problem = PhaseState.FAILED, database_now(), document
        row.save(update_fields=["state", "finished_at", "problem"])
        close(ctx.run)
        transition(deployment, State.FAILED, because=problem.title, problem=document)
        notices.promise(deployment)
        text = f"failed: {document['title']}. {document['detail']}"
        eventlog.append(deployment.subject, [eventlog.Line(text, level="error", phase=row.phase)])
        eventlog.finish(deployment.subject)


def finished(ctx: Context) -> None:
    """Every phase is done: `ready`, or `destroyed`."""
    ctx.journal.flush()
    with _ours(ctx) as deployment:
        close(ctx.run)
        transition(deployment, at_end(ctx.run))
        notices.promise(deployment)
        if ctx.run.kind == RunKind.DESTROY:
            _forget_secrets(deployment)
            # Killed after this and before the commit, the next worker comes here again.
            state_versions.drop_live(deployment)
            text = f"{deployment.fqdn} is destroyed: nothing of it is left, {deployment.name_now}"
        else:
            text = f"{deployment.fqdn} is ready: {deployment.console_url}"
        eventlog.append(deployment.subject, [eventlog.Line(text)])
        eventlog.finish(deployment.subject)


def cancelled(ctx: Context, facts: dict[str, Any], what_exists: str) -> None:
    """The Run ends here; what it had made stays."""
    ctx.journal.flush()
    with ctx.beat.held.fenced():
        deployment = ctx.deployment
        ctx.run.phases.filter(
            state__in=(PhaseState.RUNNING, PhaseState.WAITING, PhaseState.FAILED)
        ).update(state=PhaseState.CANCELLED, finished_at=database_now(), reason="")
        merge_facts(deployment, facts)
        close(ctx.run)
        transition(deployment, State.CANCELLED, because=what_exists)
        line = eventlog.Line(f"cancelled; at Hetzner there is {what_exists}", level="warn")
        eventlog.append(deployment.subject, [line])
        eventlog.finish(deployment.subject)


def _forget_secrets(deployment: Deployment) -> None:
    gone = [purpose for purpose in deployment.secrets if purpose not in KEPT_AFTER_DESTROY]
    for purpose in gone:
        vault.delete(deployment.secrets[purpose])
    deployment.secrets = {
        purpose: reference
        for purpose, reference in deployment.secrets.items()
        if purpose in KEPT_AFTER_DESTROY
    }
    deployment.save(update_fields=["secrets", "updated_at"])
    record(
        actor="system:director",
        act="deployment.destroyed",
        object=deployment.subject,
        after={"secrets_forgotten": sorted(gone)},
    )
