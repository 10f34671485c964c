"""Releases of a Sovereign's cluster as jobs: `install-<name>`, each after those it needs.

One Execution each: Flux goes on with a release until it is there, whichever run of ours looks.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from sovereign_wizard.api.executions import name
from sovereign_wizard.api.job_shapes import Job, JobStatus
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster.models import Component
from sovereign_wizard.cluster.states import Status
from sovereign_wizard.provisioning.models import Deployment

BATCH = "bootstrap-kit"
# `degraded` runs on: Flux tries again by itself.
STATUS = {
    Status.PENDING: JobStatus.PENDING,
    Status.INSTALLING: JobStatus.RUNNING,
    Status.DEGRADED: JobStatus.RUNNING,
    Status.SUSPENDED: JobStatus.RUNNING,
    Status.INSTALLED: JobStatus.SUCCEEDED,
    Status.FAILED: JobStatus.FAILED,
}


def of(deployment: Deployment) -> Iterator[tuple[Job, Component]]:
    """In order of name; none before the cluster was seen first."""
    for row in cluster.rows(deployment):
        yield _job(deployment, row), row


def _job(deployment: Deployment, row: Component) -> Job:
    job_name = f"install-{row.component_id}"
    end = row.ended_at or timezone.now()
    took = (end - row.began_at).total_seconds() if row.began_at else 0.0
    return Job(
        id=f"{deployment.pk}:{job_name}",
        deployment_id=deployment.pk,
        job_name=job_name,
        app_id=row.component_id,
        batch_id=BATCH,
        depends_on=[f"install-{needed}" for needed in row.depends_on],
        status=STATUS[Status(row.status)],
        started_at=row.began_at,
        finished_at=row.ended_at,
        duration_ms=max(0, round(took * 1000)),
        latest_execution_id=name(row) if row.began_at else None,
    )
