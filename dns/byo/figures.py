"""Figures of domains on their way here and of those that are here, read from rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from prometheus_client.core import Metric

from catalyst.telemetry.figures import Samples, gauge, source
from dns.byo.models import ENDED, DomainMove, MoveState

# What a round may have found of a domain that is with us, and that somebody has to look at.
TROUBLE = ("mixed", "split", "lame", "bogus", "gone")
_OVERDUE = ~Q(state__in=ENDED) & Q(next_poll_at__lt=Now())


@source("domains")
def domains() -> Iterable[Metric]:
    here = Q(state=MoveState.ACTIVE)
    found = DomainMove.objects.aggregate(
        overdue=Now() - Min("next_poll_at", filter=_OVERDUE),
        **{state: Count("pk", filter=Q(state=state)) for state in MoveState.values},
        **{kind: Count("pk", filter=here & Q(verdict=kind)) for kind in TROUBLE},
    )
    counts: Samples = {(state,): float(found[state]) for state in MoveState.values}
    yield gauge("domains", "Customers' own domains by state.", ["state"], counts)
    words = "Seconds since a worker should have looked at the domain that is longest overdue."
    late = (found["overdue"] or timedelta()).total_seconds()
    yield gauge("domain_overdue_seconds", words, [], {(): late})
    words = "Domains with us whose delegation was not right when we looked last, by what was seen."
    troubles: Samples = {(kind,): float(found[kind]) for kind in TROUBLE}
    yield gauge("domain_troubles", words, ["verdict"], troubles)
