"""Who asks for a look outside a run's own: a person, or nobody, once a fix may have come by Git.

A run that stopped because Flux had given up goes on by itself as soon as Flux has not.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.eventlog.redaction import Redactor
from catalyst.problem import Problem
from catalyst.work.leases import Held, me, take
from sovereign_wizard.cluster import services
from sovereign_wizard.cluster.problems import ComponentFailed, NotResumable
from sovereign_wizard.cluster.states import Status
from sovereign_wizard.provisioning import services as deployments
from sovereign_wizard.provisioning import wake
from sovereign_wizard.provisioning.models import IN_WORK, Deployment, PhaseRun, PhaseState, State
from sovereign_wizard.provisioning.order import CLUSTER

TASK = "sovereign_wizard.go_on"
SYSTEM = "system:flux"
LEASE_SECONDS = 60.0  # longer than one look may take
LOOK_EVERY = timedelta(seconds=30)
LOOK_FOR = timedelta(days=1)  # later, a person asks
AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`already`: a run was watching before this was asked. `watching`: one is now."""

    watching: bool
    already: bool
    seeded_at: datetime | None


def watching(deployment: Deployment) -> bool:
    """Is a run at the phases that watch the cluster, or is one of them its next?"""
    left = _newest(deployment).exclude(state=PhaseState.DONE).order_by("position").first()
    return deployment.state in IN_WORK and left is not None and left.phase in CLUSTER


def refresh(*, deployment: Deployment, actor: str, request: HttpRequest | None = None) -> Refreshed:
    """Look now, and let a run that stopped at the cluster go on if nothing is failed any more.

    Raises NotResumable; ClusterAway, SeedTimeout when the cluster does not answer.
    """
    if watching(deployment):
        wake.now(deployment.pk)
        return _refreshed(deployment, already=True)
    if deployment.state in (*IN_WORK, State.DESTROYED):
        raise NotResumable(f"{deployment.fqdn} is {deployment.state}; no cluster is watched then.")
    if not services.has_kubeconfig(deployment):
        raise NotResumable(f"The cluster of {deployment.fqdn} has not sent its kubeconfig.")
    with _lease(deployment) as held:
        sound = _look(deployment, held)
    with transaction.atomic():
        record(
            actor=actor, act="deployment.refresh-watch", object=deployment.subject, request=request
        )
        if sound and _stopped_here(deployment):
            deployments.retry(deployment=deployment, actor=actor, request=request)
    deployment.refresh_from_db()
    return _refreshed(deployment, already=False)


def look() -> int:
    """Queue a look at every Deployment that Flux had stopped and that nobody looked at lately.

    Each is claimed once per `LOOK_EVERY`; Redis being away costs one look. Returns how many.
    """
    stopped = Deployment.objects.filter(
        state=State.FAILED,
        problem__type=ComponentFailed.type,
        look_at__lte=Now(),
        state_since__gte=Now() - LOOK_FOR,
    )
    queued = 0
    for key in stopped.values_list("pk", flat=True)[:AT_ONCE]:
        if stopped.filter(pk=key).update(look_at=Now() + LOOK_EVERY):
            wake.queue(TASK, key)
            queued += 1
    return queued


def go_on(deployment_id: uuid.UUID) -> bool:
    """Retry a run that Flux had stopped, if Flux has not given up any more. True when it did."""
    deployment = Deployment.objects.filter(pk=deployment_id, state=State.FAILED).first()
    if deployment is None or not _stopped_here(deployment):
        return False
    try:
        with _lease(deployment) as held:
            sound = _look(deployment, held)
        if sound:
            deployments.retry(deployment=deployment, actor=SYSTEM)
    except Problem:  # away, or a person was quicker: the next round looks again
        return False
    return sound


def _look(deployment: Deployment, held: Held) -> bool:
    """Look and keep; True when Flux has given up on nothing."""
    voice = services.Voice(held.fenced, Redactor(), "components", tells_words=False)
    seen = services.look(deployment, voice).components
    return all(one.status != Status.FAILED for one in seen)


def _stopped_here(deployment: Deployment) -> bool:
    # What a person cancelled goes on only when a person says so.
    failed = _newest(deployment).filter(phase__in=CLUSTER, state=PhaseState.FAILED)
    return deployment.state == State.FAILED and failed.exists()


def _newest(deployment: Deployment) -> QuerySet[PhaseRun]:
    """Phases of the newest run."""
    return PhaseRun.objects.filter(run__in=deployment.runs.order_by("-number").values("pk")[:1])


def _refreshed(deployment: Deployment, *, already: bool) -> Refreshed:
    view = services.view_of(deployment)
    return Refreshed(watching(deployment), already, view.seeded_at if view else None)


@contextmanager
def _lease(deployment: Deployment) -> Iterator[Held]:
    held = take(deployment.subject, holder=me(), ttl=LEASE_SECONDS)
    if held is None:
        raise NotResumable(f"Somebody is at {deployment.fqdn} right now. Ask again in a minute.")
    try:
        yield held
    finally:
        held.release()
