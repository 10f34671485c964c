"""What the progress page shows of a Deployment, read in a few queries. It never writes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.identity.models import Role, User
from catalyst.language.words import lazy
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster.models import ClusterView, Component
from sovereign_wizard.cluster.states import Status
from sovereign_wizard.handover.sweep import PURPOSE
from sovereign_wizard.progress import eta, paces
from sovereign_wizard.progress.eta import Eta, Pace
from sovereign_wizard.provisioning.machine import IN_WORK, TRANSITIONS
from sovereign_wizard.provisioning.models import (
    Deployment,
    PhaseRun,
    PhaseState,
    Run,
    RunKind,
    State,
)
from sovereign_wizard.provisioning.order import APPROVE, ASK, CLUSTER, order_of
from sovereign_wizard.provisioning.phases import TITLES

FAVICONS = {
    State.QUEUED: "running",
    State.RUNNING: "running",
    State.WAITING: "waiting",
    State.FAILED: "failed",
    State.READY: "done",
    State.CANCELLING: "waiting",
    State.CANCELLED: "stopped",
    State.DESTROYING: "running",
    State.DESTROYED: "stopped",
}

ENDS = (State.FAILED, State.READY, State.DESTROYED)

ADDRESSES = (
    ("load_balancer_ip", lazy("Load balancer")),
    ("load_balancer_ipv6", lazy("Load balancer, IPv6")),
    ("control_plane_ip", lazy("Control plane")),
    ("control_plane_ipv6", lazy("Control plane, IPv6")),
)


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase in the stepper. `seconds` is None before it began; it counts while it runs.
    `pace`: how long it took before, if anybody knows."""

    id: str
    title: str
    state: str
    seconds: float | None
    since: datetime | None
    attempts: int
    reason: str
    problem: dict[str, Any]
    pace: Pace | None = None

    @property
    def at_work(self) -> bool:
        return self.state in (PhaseState.RUNNING, PhaseState.WAITING)


@dataclass(frozen=True, slots=True)
class Overview:
    """A Deployment at one moment. `seconds` is the time of this run; it counts while `live`."""

    deployment: Deployment
    run_number: int
    destroys: bool
    phases: tuple[PhaseView, ...]
    live: bool
    started_at: datetime | None
    seconds: float | None
    favicon: str
    components: tuple[Component, ...] = ()
    cluster: ClusterView | None = None
    eta: Eta | None = None

    @property
    def percent(self) -> int:
        """How much of this run is done; 100 only at its good end."""
        ended = self.deployment.state in (State.READY, State.DESTROYED)
        return eta.percent([phase.state for phase in self.phases], ready=ended)

    @property
    def done(self) -> int:
        return sum(phase.state == PhaseState.DONE for phase in self.phases)

    @property
    def now(self) -> PhaseView | None:
        """The phase at work, else the one that stopped."""
        stopped = (PhaseState.FAILED, PhaseState.CANCELLED)
        for wanted in (PhaseState.RUNNING, PhaseState.WAITING, *stopped):
            for phase in self.phases:
                if phase.state == wanted:
                    return phase
        return None

    @property
    def goes_on_from(self) -> PhaseView | None:
        """Where a retry begins; also where none has begun, because it was cancelled before.

        A new run makes a plan of its own for the person who approves.
        """
        undone = next((phase for phase in self.phases if phase.state != PhaseState.DONE), None)
        if undone and self.deployment.approve_plan and undone.id in (APPROVE, "tofu-apply"):
            return next(phase for phase in self.phases if phase.id == "tofu-plan")
        return undone

    @property
    def addresses(self) -> tuple[Fact, ...]:
        """Addresses known so far."""
        facts = self.deployment.facts
        return tuple(Fact(label, facts[name]) for name, label in ADDRESSES if facts.get(name))

    @property
    def version(self) -> str:
        """Changes whenever the page would look different, time that passes aside."""
        phases = [(phase.state, phase.attempts, phase.reason) for phase in self.phases]
        components = [(row.name, row.status, row.message) for row in self.components]
        trouble = self.cluster.trouble if self.cluster else ""
        facts = sorted(self.deployment.facts)
        left = self.eta.words if self.eta else ""
        seen = [self.deployment.state, self.run_number, facts, phases, components, trouble, left]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]

    @property
    def installed(self) -> int:
        return sum(row.status == Status.INSTALLED for row in self.components)

    @property
    def ready(self) -> bool:
        return self.deployment.state == State.READY

    @property
    def failed(self) -> bool:
        return self.deployment.state == State.FAILED

    @property
    def cancelled(self) -> bool:
        return self.deployment.state == State.CANCELLED

    @property
    def token_is_kept(self) -> bool:
        return PURPOSE in self.deployment.secrets

    @property
    def waits_for_approval(self) -> bool:
        """Does a person have to look at the plan now?"""
        waiting = self.deployment.state == State.WAITING
        return waiting and self.now is not None and self.now.id == APPROVE

    @property
    def news(self) -> str:
        """The state, if its owner wants to be told of it: an end, or a wait that asks them."""
        state = str(self.deployment.state)
        asks = state == State.WAITING and self.now is not None and self.now.id in ASK
        return state if asks or state in (*ENDS, State.CANCELLED) else ""

    def _may(self, *states: str) -> bool:
        return bool(TRANSITIONS[self.deployment.state] & set(states))

    @property
    def can_cancel(self) -> bool:
        """A run that makes something can be interrupted; one that destroys goes to its end."""
        return not self.destroys and self._may(State.CANCELLING, State.CANCELLED)

    @property
    def can_destroy(self) -> bool:
        return self._may(State.DESTROYING) and self.deployment.state != State.WAITING

    @property
    def can_retry(self) -> bool:
        retryable = self.deployment.problem.get("retryable") is not False
        return self.deployment.state in (State.FAILED, State.CANCELLED) and retryable

    @property
    def truth(self) -> str:
        """One line that says how things are."""
        where = _(" in “%(title)s”") % {"title": self.now.title} if self.now else ""
        match self.deployment.state:
            case State.READY:
                return _("Ready: every phase is proven, at %(console_url)s.") % {
                    "console_url": self.deployment.console_url
                }
            case State.FAILED if self.destroys:
                return _(
                    "Destroying stopped%(where)s. What is left is listed; retry goes on there."
                ) % {"where": where}
            case State.FAILED:
                return _("Stopped%(where)s. What was made stays; retry goes on from there.") % {
                    "where": where
                }
            case State.CANCELLING:
                return _("Cancelling%(where)s: what is being made is finished and noted first.") % {
                    "where": where
                }
            case State.CANCELLED:
                return _("Cancelled%(where)s. What was made stays and costs what it costs.") % {
                    "where": where
                }
            case State.DESTROYED:
                return _("Destroyed: nothing of it is left at Hetzner, and %(name_now)s.") % {
                    "name_now": self.deployment.name_now
                }
            case State.WAITING if self.deployment.reason:
                return self.deployment.reason
        if self.now:
            return _("%(title)s, %(done)s of %(phases)s phases done.") % {
                "title": self.now.title,
                "done": self.done,
                "phases": len(self.phases),
            }
        return _("Accepted. A worker takes it up within seconds.")


def overview(deployment: Deployment) -> Overview:
    """The latest run of a Deployment, phase by phase in their order."""
    run = deployment.runs.order_by("-number").first()
    rows = {row.phase: row for row in run.phases.all()} if run else {}
    # A Run knows its own phases; one of an older release had fewer.
    order = tuple(rows) or order_of(
        RunKind.PROVISION, approve=deployment.approve_plan, domain_mode=deployment.domain_mode
    )
    live = deployment.state in IN_WORK
    known = paces.of(deployment) if live else {}
    phases = tuple(_phase(phase, rows.get(phase), known.get(phase)) for phase in order)
    # Only where a cluster is watched: elsewhere there is nothing to read.
    watched = bool(set(CLUSTER) & set(order))
    return Overview(
        deployment=deployment,
        run_number=run.number if run else 0,
        destroys=run is not None and run.kind == RunKind.DESTROY,
        phases=phases,
        live=live,
        started_at=run.started_at if run else None,
        seconds=_seconds(run) if run else None,
        favicon=FAVICONS[State(deployment.state)],
        components=tuple(cluster.rows(deployment)) if watched else (),
        cluster=cluster.view_of(deployment) if watched else None,
        eta=_eta(deployment, phases, known) if live else None,
    )


def _eta(
    deployment: Deployment, phases: tuple[PhaseView, ...], known: dict[str, Pace]
) -> Eta | None:
    """Nothing for a run that is being cancelled: it has no end to go to."""
    if deployment.state == State.CANCELLING:
        return None
    steps = [
        eta.Step(phase.id, phase.state, phase.seconds or 0.0, asks=phase.id in ASK)
        for phase in phases
    ]
    return eta.left(steps, known, region=deployment.region)


def visible(user: User) -> QuerySet[Deployment]:
    """The Deployments this person may see, newest first; operators see all."""
    every = Deployment.objects.select_related("owner")
    return every if user.has_role(Role.OPERATOR) else every.filter(owner=user)


def _phase(phase: str, row: PhaseRun | None, pace: Pace | None) -> PhaseView:
    if row is None:
        return PhaseView(phase, TITLES[phase], PhaseState.PENDING, None, None, 0, "", {}, pace)
    return PhaseView(
        id=phase,
        title=TITLES[phase],
        state=row.state,
        seconds=_seconds(row),
        since=row.started_at,
        attempts=row.attempts,
        reason=row.reason,
        problem=row.problem,
        pace=pace,
    )


def _seconds(row: PhaseRun | Run) -> float | None:
    if row.started_at is None:
        return None
    return ((row.finished_at or timezone.now()) - row.started_at).total_seconds()
