"""The one sealer gives committed events their place in the chain; watches say when it does not."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from prometheus_client.core import Metric

from catalyst.audit.chain import START, Verdict, judge, line_of, lines_after
from catalyst.audit.models import AuditEvent, AuditPending, AuditSeal
from catalyst.audit.sink import promise, shipped
from catalyst.telemetry.figures import gauge, source
from catalyst.work import locks

BATCH = 500


def seal() -> int:
    """Seal what waits, in the order it was written; returns how many. Quick when nothing waits.

    Only committed events are seen here; one that commits later comes later, whatever its id.
    What the collector lacks is promised to it.
    """
    if not AuditPending.objects.exists():
        promise()
        return 0
    with transaction.atomic():
        if not locks.take("audit: sealing"):
            return 0  # another worker is at it
        waiting = list(
            AuditPending.objects.order_by("event_id").values_list("event_id", flat=True)[:BATCH]
        )
        last = AuditSeal.objects.order_by("-seq").first()
        seq, previous = (last.seq, last.hash) if last else (0, START)
        seals = []
        for event in AuditEvent.objects.filter(pk__in=waiting).order_by("pk"):
            seq += 1
            previous = line_of(event, seq=seq, previous=previous)["hash"]
            seals.append(AuditSeal(seq=seq, event=event, hash=previous))
        AuditSeal.objects.bulk_create(seals)
        AuditPending.objects.filter(pk__in=waiting).delete()
        promise()
    return len(seals)


def verify(*, heads: Iterable[tuple[int, str]] = ()) -> Verdict:
    """Recompute the whole chain from the rows; also finds events that nobody will ever seal."""
    verdict = judge(lines_after(0), heads=heads)
    problems = list(verdict.problems)
    if verdict.lines and verdict.lines != verdict.last[0]:
        problems.append(f"{verdict.last[0] - verdict.lines} lines are missing in all")
    lost = AuditEvent.objects.filter(seal=None, pending=None).count()
    if lost:
        problems.append(f"{lost} events are neither sealed nor waiting")
    return Verdict(verdict.lines, verdict.last, tuple(problems))


@source("audit")
def figures() -> Iterable[Metric]:
    oldest = AuditPending.objects.aggregate(at=Min("event__at"))["at"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    yield gauge("audit_unsealed_seconds", "Age of the oldest event without a seal.", [], {(): age})
    if url := settings.CATALYST.audit_sink_url:
        last = AuditSeal.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        words = "Sealed events that the collector elsewhere does not have yet."
        yield gauge("audit_unshipped", words, [], {(): float(last - shipped(url))})
