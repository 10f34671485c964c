"""Looks at a Sovereign's cluster and keeps what it saw. Every write is fenced by the run's lease.

No answer is no news: components stay as they were seen last, and the view says why.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from django.utils import timezone

from catalyst.eventlog import services as eventlog
from catalyst.eventlog.redaction import Redactor
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from sovereign_wizard.cluster import kubeconfig, pods, snapshot, words
from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.models import ClusterView, Component
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.cluster.snapshot import Snapshot
from sovereign_wizard.cluster.states import Kind, Seen, Status
from sovereign_wizard.provisioning import services as provisioning
from sovereign_wizard.provisioning.cluster_access import KUBECONFIG
from sovereign_wizard.provisioning.models import Deployment, State

ADDRESSES = ("control_plane_ip", "control_plane_ipv6", "load_balancer_ip", "load_balancer_ipv6")
LEVELS = {Status.FAILED: "error", Status.DEGRADED: "warn", Status.SUSPENDED: "warn"}
T = TypeVar("T")
AT_WORK = (Status.INSTALLING, Status.DEGRADED, Status.FAILED)
ENDED = (Status.INSTALLED, Status.FAILED)
STUB_WORDS = "upstream stubbed (offline)"
LONGEST = 500
VERSION = 80


@dataclass(frozen=True, slots=True)
class Voice:
    """How what is seen is told: the fence of whoever holds the lease, its redactor, its phase."""

    fenced: Callable[[], AbstractContextManager[None]]
    redactor: Redactor
    phase: str
    # Outside a run only changes of state are told: nobody reads on for days.
    tells_words: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    found: Snapshot
    components: tuple[Seen, ...]


def has_kubeconfig(deployment: Deployment) -> bool:
    """Asked of the row as it is now: the machine posts it to another process."""
    kept: dict[str, str] = Deployment.objects.values_list("secrets", flat=True).get(
        pk=deployment.pk
    )
    return KUBECONFIG in kept


def keep_kubeconfig(*, deployment_id: uuid.UUID, bearer: str, text: bytes) -> Deployment:
    """What a machine posts, if it leads to this Deployment's own addresses.

    It may come before those are known: then they are looked at before its first use. Raises
    KubeconfigRefused, and what `provisioning.cluster_access.keep_kubeconfig` does.
    """
    return provisioning.keep_kubeconfig(
        deployment_id=deployment_id, bearer=bearer, kubeconfig=text, accept=_must_lead_home
    )


def look(deployment: Deployment, voice: Voice) -> Look:
    """Look once, keep what is seen and tell what changed.

    Raises ClusterAway (also as SeedTimeout, NotServed), KubeconfigRefused, LeaseLost.
    """
    view, _ = ClusterView.objects.get_or_create(deployment=deployment)
    now = timezone.now()
    try:
        with Cluster(_access(deployment)) as cluster:
            found = snapshot.take(cluster)
            seen = _with_pods(cluster, snapshot.components(found))
            heard = words.listen(
                cluster,
                {(one.namespace, one.name) for one in seen},
                events_mark=view.events_mark,
                log_mark=view.log_mark,
                now=now,
            )
    except ClusterAway as problem:
        with voice.fenced():
            view.trouble = voice.redactor.clean(problem.detail)[:LONGEST]
            view.save(update_fields=["trouble"])
        raise
    with voice.fenced():
        lines = _keep(deployment, seen, voice.redactor, now)
        lines += _spoken(heard.words) if voice.tells_words else []
        view.seeded_at, view.answered_at, view.trouble = view.seeded_at or now, now, ""
        view.events_mark, view.log_mark = heard.events_mark, heard.log_mark
        view.save()
        _tell(deployment, lines, voice)
    return Look(found, seen)


def _with_pods(cluster: Cluster, seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Of releases that Flux is at: what their Pods say."""
    at_work = {one.id: one.workloads for one in seen if one.status in AT_WORK and one.workloads}
    told = pods.stuck(cluster, at_work)
    return tuple(replace(one, stuck=told.get(one.id, "")) for one in seen)


def ask(deployment: Deployment, question: Callable[[Cluster], T]) -> T:
    """Ask the cluster something beside Flux. Raises what the question raises, KubeconfigRefused."""
    with Cluster(_access(deployment)) as cluster:
        return question(cluster)


def rows(deployment: Deployment, kind: Kind = Kind.RELEASE) -> list[Component]:
    """What was seen last; nothing of a Sovereign that is no more."""
    if deployment.state == State.DESTROYED:
        return []
    return list(deployment.components.filter(kind=kind))


def view_of(deployment: Deployment) -> ClusterView | None:
    return ClusterView.objects.filter(deployment=deployment).first()


def _access(deployment: Deployment) -> kubeconfig.Access:
    fresh = Deployment.objects.only("secrets", "facts").get(pk=deployment.pk)
    return kubeconfig.read(vault.get(fresh.secrets.get(KUBECONFIG, "")), hosts=_hosts(fresh))


def _must_lead_home(deployment: Deployment, text: Secret) -> None:
    if hosts := _hosts(deployment):
        kubeconfig.read(text, hosts=hosts)


def _hosts(deployment: Deployment) -> set[str]:
    return {deployment.facts[name] for name in ADDRESSES if deployment.facts.get(name)}


def _keep(
    deployment: Deployment, seen: Iterable[Seen], redactor: Redactor, now: datetime
) -> list[eventlog.Line]:
    """Bring the rows to what was seen; a line for each status that is another than before."""
    before = {(row.kind, row.namespace, row.name): row for row in deployment.components.all()}
    lines = []
    for one in seen:
        row = before.pop((one.kind, one.namespace, one.name), None)
        wanted = _columns(one, row, redactor, now)
        if row is None or any(getattr(row, name) != value for name, value in wanted.items()):
            Component.objects.update_or_create(
                deployment=deployment,
                kind=one.kind,
                namespace=one.namespace,
                name=one.name,
                defaults=wanted,
            )
        if row is None or row.status != one.status:
            told = f"{wanted['message']} ({STUB_WORDS})" if one.stubbed else wanted["message"]
            level = LEVELS.get(one.status, "info")
            lines.append(_line(one.kind, one.id, one.status, told, level))
        if wanted["stuck"] and wanted["stuck"] != (row.stuck if row else ""):
            lines.append(_line(one.kind, one.id, one.status, wanted["stuck"], "warn"))
    for row in before.values():
        row.delete()
        lines.append(_line(row.kind, row.component_id, "removed", "Git brings it no more"))
    return lines


def _columns(one: Seen, row: Component | None, redactor: Redactor, now: datetime) -> dict[str, Any]:
    """Its row as it should be; `row`: as it was."""
    changed = row is None or row.status != one.status
    began = row.began_at if row else None
    ended = row.ended_at if row and not changed else None
    return {
        "status": one.status,
        "message": redactor.clean(one.message),
        "transition_at": one.transition_at,
        "depends_on": list(one.depends_on),
        "stubbed": one.stubbed,
        "stuck": redactor.clean(one.stuck),
        "chart_version": one.chart_version[:VERSION],
        "app_version": one.app_version[:VERSION],
        "began_at": began or (None if one.status == Status.PENDING else now),
        "ended_at": ended or (now if one.status in ENDED else None),
        "changed_at": now if changed or row is None else row.changed_at,
    }


def _line(
    kind: str, component: str, status: str, message: str, level: str = "info"
) -> eventlog.Line:
    text = f"[{status}] {component}: {message}" if message else f"[{status}] {component}"
    data = {"component": component, "kind": str(kind), "state": str(status)}
    return eventlog.Line(text, level, source="flux", data=data)


def _spoken(heard: Iterable[words.Word]) -> list[eventlog.Line]:
    return [
        eventlog.Line(
            f"{word.component}: {word.text}",
            word.level,
            source=word.source,
            data={"component": word.component},
        )
        for word in heard
    ]


def _tell(deployment: Deployment, lines: list[eventlog.Line], voice: Voice) -> None:
    told = [
        eventlog.Line(
            voice.redactor.clean(line.text), line.level, voice.phase, line.source, line.data
        )
        for line in lines
    ]
    if told:
        eventlog.append(deployment.subject, told)
