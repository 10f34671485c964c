"""Releases of a Sovereign's cluster as jobs: `install-<name>`, each after those it needs.

One Execution each: Flux goes on with a release until it is there, whichever run of ours looks.
"""

from __future__ import annotations

from collections.abc import Iterator

from sovereign_wizard.api.executions import name
from sovereign_wizard.api.job_shapes import Job, JobStatus, job
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
    return job(
        deployment.pk,
        f"install-{row.component_id}",
        app_id=row.component_id,
        batch_id=BATCH,
        depends_on=[f"install-{needed}" for needed in row.depends_on],
        status=STATUS[Status(row.status)],
        began_at=row.began_at,
        ended_at=row.ended_at,
        execution_id=name(row),
    )
