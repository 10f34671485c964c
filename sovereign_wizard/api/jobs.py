"""Phases as jobs: one Job per phase and run, one Execution per Job that has begun, its lines from
the log. Releases of the cluster are jobs as well: one Execution each, since Flux goes on with a
release until it is there, whichever run of ours looks."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router

from catalyst.identity.refusals import note_foreign
from catalyst.problem import NotFound
from sovereign_wizard.api import job_shapes
from sovereign_wizard.api.job_shapes import (
    Batch,
    Batches,
    Execution,
    Job,
    Jobs,
    JobStatus,
    JobWithExecutions,
    LogLine,
    LogPage,
)
from sovereign_wizard.api.people import person, theirs
from sovereign_wizard.cluster.models import Component
from sovereign_wizard.cluster.states import Status
from sovereign_wizard.progress import jobs as done
from sovereign_wizard.progress.executions import Row, deployment_of, ended_at, find, lines, name
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment, PhaseState

router = Router(tags=["jobs"], by_alias=True)
executions = Router(tags=["jobs"], by_alias=True)
LINES, MOST_LINES = 500, 5_000


STATUS = {
    PhaseState.PENDING: JobStatus.PENDING,
    PhaseState.RUNNING: JobStatus.RUNNING,
    PhaseState.WAITING: JobStatus.RUNNING,
    PhaseState.DONE: JobStatus.SUCCEEDED,
    PhaseState.FAILED: JobStatus.FAILED,
    PhaseState.CANCELLED: JobStatus.FAILED,
}
# `degraded` runs on: Flux tries again by itself.
RELEASE_STATUS = {
    Status.PENDING: JobStatus.PENDING,
    Status.INSTALLING: JobStatus.RUNNING,
    Status.DEGRADED: JobStatus.RUNNING,
    Status.SUSPENDED: JobStatus.RUNNING,
    Status.INSTALLED: JobStatus.SUCCEEDED,
    Status.FAILED: JobStatus.FAILED,
}
LEVEL: dict[str, Literal["INFO", "WARN", "ERROR"]] = {
    "info": "INFO",
    "warn": "WARN",
    "error": "ERROR",
}
FINISHED = (JobStatus.SUCCEEDED, JobStatus.FAILED)


@router.get("/{uuid:deployment_id}/jobs", response=Jobs, summary="Phases as jobs")
def listing(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """Every phase of every run that did something in it; newest first, pending last."""
    _, deployment = theirs(request, deployment_id)
    found = [job for job, _ in _jobs(deployment)]
    begun = sorted(
        (job for job in found if job.started_at), key=lambda job: str(job.started_at), reverse=True
    )
    return Jobs(jobs=[*begun, *(job for job in found if not job.started_at)])


@router.get("/{uuid:deployment_id}/jobs/batches", response=Batches, summary="Runs as batches")
def batches(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """How many jobs of each run are in which state; newest run first."""
    _, deployment = theirs(request, deployment_id)
    counts: dict[str, Counter[JobStatus]] = {}
    for job, _ in _jobs(deployment):
        counts.setdefault(job.batch_id, Counter())[job.status] += 1
    return Batches(batches=[_batch(*each) for each in reversed(counts.items())])


@router.get("/{uuid:deployment_id}/jobs/{job_id}", response=JobWithExecutions, summary="One job")
def detail(request: HttpRequest, deployment_id: uuid.UUID, job_id: str) -> Any:
    """With its execution, once it has begun. The colon of the id may be sent as it is."""
    _, deployment = theirs(request, deployment_id)
    for job, row in _jobs(deployment):
        if job.id == job_id:
            return JobWithExecutions(job=job, executions=list(_executions(job, row)))
    raise NotFound("This Deployment has no such job.")


@executions.get("/{execution_id}/logs", response=LogPage, summary="Lines of one execution")
def log(
    request: HttpRequest,
    execution_id: str,
    from_line: Annotated[int, Query(alias="fromLine", description="From 1.")] = 1,
    limit: Annotated[int, Query(description="At most 5000; more is taken as that.")] = LINES,
) -> Any:
    """Odd numbers are moved to the nearest possible ones."""
    user, row = person(request), find(execution_id)
    if row is None or not services.may_see(user, deployment_of(row)):
        if row is not None:
            note_foreign(user, deployment_of(row).subject)
        raise NotFound("There is no such execution, or it is not yours.")
    first, most = max(from_line, 1), max(1, min(limit, MOST_LINES))
    page = lines(row, from_line=first, limit=most)
    return LogPage(
        lines=[
            LogLine(
                line_number=number,
                timestamp=entry["at"],
                level=LEVEL[entry["level"]],
                message=entry["text"],
            )
            for number, entry in enumerate(page.entries, start=first)
        ],
        total=page.total,
        execution_finished=ended_at(row) is not None,
    )


def _jobs(deployment: Deployment) -> Iterator[tuple[Job, Row]]:
    for one in done.of(deployment):
        yield _job(deployment, one), one.row


def _job(deployment: Deployment, one: done.Job) -> Job:
    return job_shapes.job(
        deployment.pk,
        one.name,
        app_id=one.app,
        batch_id=one.batch,
        depends_on=list(one.needs),
        status=_status(one.row),
        began_at=one.began_at,
        ended_at=one.ended_at,
        execution_id=name(one.row),
    )


def _status(row: Row) -> JobStatus:
    if isinstance(row, Component):
        return RELEASE_STATUS[Status(row.status)]
    return STATUS[PhaseState(row.state)]


def _batch(batch_id: str, counts: Counter[JobStatus]) -> Batch:
    return Batch(
        batch_id=batch_id,
        total=counts.total(),
        finished=sum(counts[status] for status in FINISHED),
        succeeded=counts[JobStatus.SUCCEEDED],
        failed=counts[JobStatus.FAILED],
        running=counts[JobStatus.RUNNING],
        pending=counts[JobStatus.PENDING],
    )


def _executions(job: Job, row: Row) -> Iterator[Execution]:
    if job.started_at is not None:
        yield Execution(
            id=name(row),
            job_id=job.id,
            deployment_id=job.deployment_id,
            status=job.status,
            started_at=job.started_at,
            finished_at=job.finished_at,
            line_count=lines(row, from_line=1, limit=1).total,
        )
