"""Figures of Deployments, Runs and phases for Prometheus, all read from rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from prometheus_client.core import Metric

from catalyst.telemetry.figures import Samples, counter, gauge, histogram, source
from sovereign_wizard.provisioning.models import (
    IN_WORK,
    WAITS_FOR,
    Deployment,
    PhaseRun,
    PhaseState,
    Run,
    State,
)

DURATION_BOUNDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
# From the worst to the best: a Run came out as the worst of its phases.
OUTCOMES = (PhaseState.FAILED, PhaseState.CANCELLED)


@source("deployments")
def deployments() -> Iterable[Metric]:
    now = timezone.now()
    # One that waits for its domain, perhaps for days, counts but has no age.
    entered = Min("state_since", filter=~Q(waits_for__in=tuple(WAITS_FOR)))
    rows = Deployment.objects.order_by().values_list("state").annotate(Count("pk"), since=entered)
    found = {state: (number, since) for state, number, since in rows}
    counts: Samples = {(str(state),): found.get(state, (0, None))[0] for state in State}
    yield gauge("deployments", "Deployments by state.", ["state"], counts)
    ages: Samples = {
        (str(state),): (now - oldest).total_seconds()
        for state in IN_WORK
        if (oldest := found.get(state, (0, None))[1])
    }
    words = (
        "Seconds since the Deployment that is in this state longest entered it; not of those that "
        "wait for their domain."
    )
    yield gauge("deployment_state_age_seconds", words, ["state"], ages)


@source("runs")
def runs() -> Iterable[Metric]:
    open_runs: Samples = {}
    for row in at_phase():
        place = (row.run.kind, row.phase, str(row.state))
        open_runs[place] = open_runs.get(place, 0) + 1
    words = "Runs under way, by the phase they are at and its state."
    yield gauge("runs", words, ["kind", "phase", "state"], open_runs)
    yield counter("runs_finished", "Runs that ended, by outcome.", ["kind", "outcome"], _finished())


def at_phase() -> QuerySet[PhaseRun]:
    """The phase every open Run is at: its first that is not done."""
    return (
        PhaseRun.objects.filter(run__finished_at__isnull=True)
        .exclude(state=PhaseState.DONE)
        .select_related("run")
        .order_by("run_id", "position")
        .distinct("run_id")
    )


def _finished() -> Samples:
    ended = Run.objects.filter(finished_at__isnull=False).order_by()
    totals = dict(ended.values_list("kind").annotate(Count("pk")))
    counts: Samples = {(kind, "done"): float(total) for kind, total in totals.items()}
    for outcome in OUTCOMES:
        rows = ended.filter(phases__state=outcome).values_list("kind")
        for kind, number in rows.annotate(Count("pk", distinct=True)):
            counts[kind, str(outcome)] = float(number)
            counts[kind, "done"] -= number
    return counts


@source("phases")
def phases() -> Iterable[Metric]:
    """A retry copies the phases it need not do again: the same span of time counts once."""
    rows = (
        PhaseRun.objects.filter(state=PhaseState.DONE, started_at__isnull=False)
        .order_by()
        .values_list("run__deployment_id", "phase", "started_at", "finished_at")
        .distinct()
    )
    found: dict[tuple[str, ...], tuple[list[float], float]] = {}
    for _, phase, started_at, finished_at in rows.iterator():
        if started_at is None or finished_at is None:
            continue
        seconds = (finished_at - started_at).total_seconds()
        counts, total = found.setdefault((phase,), ([0.0] * (len(DURATION_BOUNDS) + 1), 0.0))
        counts[bisect_left(DURATION_BOUNDS, seconds)] += 1
        found[(phase,)] = (counts, total + seconds)
    words = "How long a phase took from its first start to done."
    yield histogram("phase_duration_seconds", words, ["phase"], DURATION_BOUNDS, found)
