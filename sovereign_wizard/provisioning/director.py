"""Takes the lease of a Deployment and runs its phases in order, until it is done or must wait.

Every write is fenced. A killed director leaves rows from which the next one goes on.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress

import structlog
from django.db import DatabaseError

from catalyst.eventlog.redaction import Redactor
from catalyst.language.words import lazy
from catalyst.problem import NotFound, Problem
from catalyst.telemetry import services as telemetry
from catalyst.telemetry import steps
from catalyst.vault import services as vault
from catalyst.vault.problems import VaultAway
from catalyst.vault.secret import Secret
from catalyst.work.leases import Heartbeat, Held, LeaseLost, me, take
from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.provisioning import cancelling, outcomes, vault_away, wake
from sovereign_wizard.provisioning.cluster_access import KUBECONFIG
from sovereign_wizard.provisioning.context import Back, Context, Outcome, Phase
from sovereign_wizard.provisioning.journal import Journal
from sovereign_wizard.provisioning.machine import IN_WORK
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, Run
from sovereign_wizard.provisioning.phases import BY_ID
from sovereign_wizard.provisioning.runs import open_one
from sovereign_wizard.provisioning.watch import BudgetExceeded, CancelAsked, Watch

log = structlog.get_logger(__name__)
LEASE_SECONDS = 15.0
Phases = Mapping[str, Phase]


class PhaseBroke(Problem):
    type = "phase-broke"
    title = lazy("Catalyst made a mistake in this phase")
    status = 500


def advance(deployment_id: uuid.UUID, *, phases: Phases = BY_ID) -> None:
    """Do what comes next for this Deployment, if nobody else is at it."""
    subject = f"deployment:{deployment_id}"
    held = take(subject, holder=me(), ttl=LEASE_SECONDS)
    if held is None:
        return
    with (
        structlog.contextvars.bound_contextvars(deployment=str(deployment_id)),
        telemetry.follow(subject, "deployment advance", deployment=deployment_id),
    ):
        try:
            again = _work_or_wait(held, deployment_id, phases)
        except LeaseLost:
            log.warning("lease lost; another worker goes on")
            return
        finally:
            held.release()
    if again is not None:
        wake.now(deployment_id, after=again)


def _work_or_wait(held: Held, deployment_id: uuid.UUID, phases: Phases) -> float | None:
    try:
        return work(held, deployment_id, phases)
    except VaultAway:  # before any phase: what the log must not show could not be read
        log.warning("vault away; looking again")
        vault_away.before_any_phase(held, deployment_id)
        return vault_away.LOOK_SECONDS


def work(held: Held, deployment_id: uuid.UUID, phases: Phases) -> float | None:
    """Phases until the end or a Wait; returns the seconds after which to look again.

    Raises LeaseLost.
    """
    deployment = Deployment.objects.filter(pk=deployment_id).first()
    if deployment is None or deployment.state not in IN_WORK:
        return None
    run = open_one(deployment)
    assert run is not None, "a Deployment in work has an open Run"
    with Heartbeat(held) as beat, Journal(beat, redactor=_redactor(deployment)) as journal:
        for row in run.phases.exclude(state=PhaseState.DONE).order_by("position"):
            phase = phases[row.phase]
            watch = Watch(beat, row, budget=phase.budget)
            ctx = Context(deployment, run, beat, journal, row.phase, watch)
            try:
                again, over = _one(ctx, row, phase)
            except CancelAsked:
                return cancelling.finish(ctx)
            if over:
                return again
        try:
            outcomes.finished(_last(deployment, run, beat, journal, phases))
        except CancelAsked:
            return cancelling.finish(_last(deployment, run, beat, journal, phases))
    return None


def _one(ctx: Context, row: PhaseRun, phase: Phase) -> tuple[float | None, bool]:
    """Run one phase and write down its outcome: when to look again, and whether to stop here."""
    outcomes.started(ctx, row, phase)
    outcome = _within_budget(_run(phase, ctx), ctx, phase)
    ctx.journal.flush()
    match outcome:
        case Done(facts):
            outcomes.done(ctx, row, facts)
            return None, False
        case Wait():
            outcomes.waits(ctx, row, outcome)
            return outcome.seconds, True
        case Back():
            outcomes.back(ctx, row, outcome)
            return 0.0, True
        case Fail(problem, retryable):
            outcomes.failed(ctx, row, problem, retryable)
            return None, True


def _last(
    deployment: Deployment, run: Run, beat: Heartbeat, journal: Journal, phases: Phases
) -> Context:
    row = run.phases.order_by("position").last()
    assert row is not None
    watch = Watch(beat, row, budget=phases[row.phase].budget)
    return Context(deployment, run, beat, journal, row.phase, watch)


def _redactor(deployment: Deployment) -> Redactor:
    """Knows every secret a line might hold. A kubeconfig is never given to anything that talks."""
    secrets: list[Secret] = []
    for purpose, reference in deployment.secrets.items():
        if purpose != KUBECONFIG:
            with suppress(NotFound):  # destroyed on purpose
                secrets.append(vault.get(reference))
    return Redactor(secrets)


def _run(phase: Phase, ctx: Context) -> Outcome:
    with steps.phase(phase.id, deployment=ctx.deployment.pk, run=ctx.run.number) as step:
        return step.end(_outcome(phase, ctx))


def _outcome(phase: Phase, ctx: Context) -> Outcome:
    try:
        return phase.run(ctx)
    except (LeaseLost, DatabaseError, CancelAsked):
        raise
    except VaultAway as problem:
        return vault_away.wait(problem)
    except Problem as problem:
        return Fail(problem)
    except Exception as error:  # a mistake of ours is shown as one, never swallowed
        log.exception("phase broke", phase=phase.id)
        return Fail(
            PhaseBroke(f"{type(error).__name__} in {phase.id}; the log of the worker has it.")
        )


def _within_budget(outcome: Outcome, ctx: Context, phase: Phase) -> Outcome:
    """A counted Wait that has used up the phase's budget fails, with the reason it waited for."""
    spent = ctx.watch.spent
    if isinstance(outcome, Wait) and outcome.counted and spent > phase.budget:
        return Fail(
            BudgetExceeded(f"{outcome.reason} Waited {spent:.0f} s of {phase.budget:.0f} s.")
        )
    return outcome
