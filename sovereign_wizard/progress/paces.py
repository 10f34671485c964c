"""How long phases took in the runs of this installation, by region. It never writes.

Only numbers leave here: whose Sovereign took how long is nobody's to see.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Aggregate, Count, ExpressionWrapper, F, FloatField, Q, QuerySet
from django.db.models.functions import Extract, Now

from sovereign_wizard.progress.eta import Pace
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState

# Older ones say little: module, kit and vendor change.
REMEMBERED = timedelta(days=180)
# With fewer the region's own figures are chance, and all regions together say more.
ENOUGH = 3
EVERYWHERE = "all regions"


class Percentile(Aggregate):
    """PostgreSQL's `percentile_cont(share) WITHIN GROUP (ORDER BY …)`."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()
    # A filter of Django's goes behind, which PostgreSQL takes for ordered sets as well.


def of(deployment: Deployment) -> dict[str, Pace]:
    """By phase; those of its region where there are enough, else of all. None known: not in it."""
    rows = _finished(deployment)
    everywhere = _paces(rows, EVERYWHERE)
    here = _paces(rows.filter(run__deployment__region=deployment.region), deployment.region)
    enough = {phase: pace for phase, pace in here.items() if pace.runs >= ENOUGH}
    # Nobody else has any: then they are the region's, few or not.
    same = {phase: pace for phase, pace in here.items() if pace.runs == everywhere[phase].runs}
    return everywhere | same | enough


def _finished(deployment: Deployment) -> QuerySet[PhaseRun]:
    """Phases that were done, each counted in the run that did it, not where it was taken over."""
    return PhaseRun.objects.filter(
        Q(started_at__gte=F("run__started_at")),
        state=PhaseState.DONE,
        finished_at__gte=Now() - REMEMBERED,
    ).exclude(run__deployment=deployment)


def _paces(rows: QuerySet[PhaseRun], where: str) -> dict[str, Pace]:
    # While our own vault was away nothing could go on: that is not the phase's.
    took = ExpressionWrapper(
        Extract(F("finished_at") - F("started_at"), "epoch") - F("vault_away_seconds"),
        output_field=FloatField(),
    )
    found = (
        rows.order_by()
        .values("phase")
        .annotate(
            runs=Count("pk"),
            p50=Percentile(took, share=0.5),
            p95=Percentile(took, share=0.95),
        )
    )
    return {
        row["phase"]: Pace(max(row["p50"], 0.0), max(row["p95"], 0.0), row["runs"], where)
        for row in found
    }
