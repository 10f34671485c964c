"""What was or is to be done for a Deployment, as jobs: a phase of a run, or a release of its
cluster. The JSON API, the table, the timeline and the graph all draw from here. It never writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.progress.executions import Row
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState
from sovereign_wizard.provisioning.phases import TITLES

RELEASES = "bootstrap-kit"


@dataclass(frozen=True, slots=True)
class Job:
    """`name` is unique in its Deployment. `needs` are names of other jobs. `state` is one that
    `{% pill %}` draws; `word` is how the row itself calls it. `batch`: its run, or the kit.
    """

    name: str
    app: str
    title: str
    batch: str
    needs: tuple[str, ...]
    state: str
    word: str
    said: str
    began_at: datetime | None
    ended_at: datetime | None
    row: Row

    @property
    def seconds(self) -> float | None:
        """How long it took, or has been going on; None before it began."""
        if self.began_at is None:
            return None
        return max(0.0, ((self.ended_at or timezone.now()) - self.began_at).total_seconds())

    @property
    def is_release(self) -> bool:
        return self.batch == RELEASES


def of(deployment: Deployment) -> Iterator[Job]:
    """Phases in order of runs, then releases by name."""
    yield from _phases(deployment)
    yield from _releases(deployment)


def _phases(deployment: Deployment) -> Iterator[Job]:
    """What a run took over from an earlier one is not its job."""
    done_by: dict[tuple[str, str], str] = {}  # kind and phase → the job that did it last
    for run in deployment.runs.order_by("number").prefetch_related("phases"):
        before: tuple[str, ...] = ()
        for row in run.phases.all():
            key, name = (run.kind, row.phase), f"{row.phase}-{run.number}"
            if not (row.started_at and row.started_at < run.started_at):
                done_by[key] = name
                yield _phase(row, name, f"{run.kind}-{run.number}", before)
            before = (done_by.get(key, name),)


def _phase(row: PhaseRun, name: str, batch: str, before: tuple[str, ...]) -> Job:
    state = PhaseState(row.state)
    return Job(
        name=name,
        app=row.phase,
        title=TITLES[row.phase],
        batch=batch,
        needs=before,
        state=state,
        word=state.label,
        said=row.reason or str(row.problem.get("detail", "")),
        began_at=row.started_at,
        ended_at=row.finished_at,
        row=row,
    )


def _releases(deployment: Deployment) -> Iterator[Job]:
    """None before the cluster was seen first."""
    for row in cluster.rows(deployment):
        yield Job(
            name=_install(row.component_id),
            app=row.component_id,
            title=_("Install %(component_id)s") % {"component_id": row.component_id},
            batch=RELEASES,
            needs=tuple(_install(needed) for needed in row.depends_on),
            state=row.look,
            word=row.get_status_display(),
            said=row.message,
            began_at=row.began_at,
            ended_at=row.ended_at,
            row=row,
        )


def _install(component: str) -> str:
    return f"install-{component}"
