"""Opens a Run of a Deployment and closes it. What earlier Runs proved is not done again."""

from __future__ import annotations

from django.utils import timezone

from catalyst.telemetry import services as telemetry
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, Run, RunKind
from sovereign_wizard.provisioning.order import order_of


def open_run(
    deployment: Deployment,
    *,
    started_by: str,
    kind: str = RunKind.PROVISION,
    first: str | None = None,
) -> Run:
    """A Run whose phases before `first` count as done, as the last Run of its kind left them."""
    telemetry.remember(deployment.subject)
    newest = deployment.runs.order_by("-number").first()
    last = deployment.runs.filter(kind=kind).order_by("-number").first()
    run = Run.objects.create(
        deployment=deployment,
        number=newest.number + 1 if newest else 1,
        kind=kind,
        started_by=started_by,
    )
    order = order_of(kind, approve=deployment.approve_plan, domain_mode=deployment.domain_mode)
    begin_at = order.index(first) if first else 0
    done = {row.phase: row for row in last.phases.filter(state=PhaseState.DONE)} if last else {}
    for position, phase in enumerate(order):
        earlier = done.get(phase) if position < begin_at else None
        PhaseRun.objects.create(
            run=run,
            position=position,
            phase=phase,
            state=PhaseState.DONE if earlier else PhaseState.PENDING,
            attempts=earlier.attempts if earlier else 0,
            started_at=earlier.started_at if earlier else None,
            finished_at=earlier.finished_at if earlier else None,
        )
    return run


def open_one(deployment: Deployment) -> Run | None:
    """The Run that is at this Deployment, if any."""
    return deployment.runs.filter(finished_at__isnull=True).first()


def close(run: Run) -> None:
    """Inside the caller's (fenced) transaction."""
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at"])
