"""What people see of an App: how far it is, what the cluster says, its history in Git."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalyst.work.clock import database_now
from franchise.applications import changes, connections, git, names, pods, steps, wanted
from franchise.applications.models import App, Change
from franchise.applications.problems import unknown
from franchise.cluster import objects
from franchise.cluster.problems import ClusterAway, ClusterProblem
from franchise.gitea import commits
from franchise.gitea.commits import Commit
from franchise.organizations.members.models import Membership

Step = Change.Step
HISTORY = 30
MOST_LINES = 1000
PACE_OF = 20  # so many of the last Changes say how long one takes
FIRST_PACE = 120.0  # seconds
# The words of spec franchise §6.3 for the step that is under way.
_WORDS = {
    Step.PLACES: "credit_granted",
    Step.REPOSITORY: "credit_granted",
    Step.COMMIT: "app_repo_created",
    Step.RECONCILE: "committed",
    Step.PROVE: "reconciling",
    Step.WITHDRAW: "removing",
    Step.FORGET: "removing",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """`state`: a word of spec franchise §6.3. `step_labels`: id, label, done|now|todo|failed."""

    state: str
    step_labels: list[tuple[str, str, str]]
    words: str
    eta_seconds: int | None
    problem: dict[str, Any] | None
    retryable: bool
    url: str


@dataclass(frozen=True, slots=True)
class Pod:
    name: str
    phase: str
    restarts: int
    words: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the cluster said last. `simulated`: what stands in for what cannot run here."""

    ready: bool
    version: str
    pods: list[Pod]
    simulated: list[str]


def of_organization(*, by: Membership) -> list[App]:
    """Its Apps that are there or on their way, by Environment and name."""
    rows = App.objects.select_related("environment", "organization")
    rows = rows.filter(organization_id=by.organization_id).exclude(state=App.State.REMOVED)
    return list(rows.order_by("environment_id", "name"))


def get(*, by: Membership, label: str) -> App:
    """Raises NotFound, the same for another Organization's."""
    rows = App.objects.select_related("environment", "organization")
    rows = rows.filter(organization_id=by.organization_id, label=label)
    found = rows.exclude(state=App.State.REMOVED).first() or rows.order_by("-id").first()
    if found is None:
        raise unknown()
    return found


def progress(app: App) -> Progress:
    """Of the Change under way, or of the last one."""
    change = changes.last(app)
    if change is None:
        return Progress("ready", [], "", None, None, False, app.url)
    failed, done = change.state == Change.State.FAILED, change.state == Change.State.DONE
    state = _WORDS[Step(change.step)]
    if failed:
        state = "failed"
    elif done:
        state = "removed" if change.kind == Change.Kind.REMOVE else "ready"
    elif change.step == Step.RECONCILE and change.words != str(Step.RECONCILE.label):
        state = "reconciling"
    return Progress(
        state=state,
        step_labels=_labels(change),
        words=change.words,
        eta_seconds=_eta(change),
        problem=dict(change.problem) if failed else None,
        retryable=failed and change.retryable,
        url=app.url,
    )


def _labels(change: Change) -> list[tuple[str, str, str]]:
    order = steps.ORDER[change.kind]
    at = order.index(Step(change.step))
    now = {"failed": "failed", "done": "done"}.get(change.state, "now")
    return [
        (str(step), str(step.label), "done" if place < at else now if place == at else "todo")
        for place, step in enumerate(order)
    ]


def _eta(change: Change) -> int | None:
    """Of those like it that ended last; None when nothing is under way."""
    if change.state != Change.State.RUNNING:
        return None
    like = Change.objects.filter(
        kind=change.kind, app__blueprint=change.app.blueprint, state=Change.State.DONE
    ).order_by("-created_at")[:PACE_OF]
    took = [(each.ended_at - each.created_at).total_seconds() for each in like if each.ended_at]
    pace = statistics.median(took) if took else FIRST_PACE
    return max(5, round(pace - (database_now() - change.created_at).total_seconds()))


def seen(app: App) -> Seen:
    """As a worker saw it last; nothing before the first look."""
    kept = app.seen or {}
    return Seen(
        ready=bool(kept.get("ready")),
        version=str(kept.get("version", "")),
        pods=[Pod(**each) for each in kept.get("pods", [])],
        simulated=[str(each) for each in kept.get("simulated", [])],
    )


def logs(*, by: Membership, label: str, lines: int = 200) -> list[str]:
    """The newest lines of its Pods. Raises NotFound, ClusterAway."""
    app = get(by=by, label=label)
    namespace = names.namespace(app.organization.slug)
    lines = max(1, min(lines, MOST_LINES))
    found: list[str] = []
    with connections.cluster() as cluster:
        for pod in pods.of(app, cluster.every(objects.path("pods", namespace))):
            name = pod["metadata"]["name"]
            try:
                text = cluster.text(
                    objects.pod_log(namespace, name), tailLines=str(lines), limitBytes="1000000"
                )
            except ClusterAway:
                raise
            except ClusterProblem:  # no container of it has begun
                text = _("Nothing is said yet.")
            found += [f"{name}: {line}" for line in text.splitlines()]
    return found[-lines:]


def history(*, by: Membership, label: str, limit: int = HISTORY) -> list[Commit]:
    """Who did what, newest first. Raises NotFound, GiteaProblem's kinds."""
    app = get(by=by, label=label)
    with connections.gitea() as gitea:
        return commits.history(
            gitea, git.repository(app), branch=names.branch(app.environment.kind), limit=limit
        )


def address_in_git(app: App) -> str:
    """Where its members clone it; empty until something stands there."""
    return wanted.address(app) if app.commit else ""


def dependants(*, by: Membership, label: str) -> list[App]:
    """Who rests on it. Raises NotFound."""
    return of_service(get(by=by, label=label))


def of_service(app: App) -> list[App]:
    return [row.app for row in wanted.carried_by(app)]
