"""What the kernel tells: leases, outbox, queues, workers, the live log, calls to vendors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.core import Metric

from catalyst.celery import app
from catalyst.telemetry import readers, shared
from catalyst.telemetry.figures import Samples, counter, gauge, histogram, source
from catalyst.work.models import LeaseRow, OutboxItem, WorkerBeat

QUEUES = ("catalyst", "runs")
UNACKED = "unacked"  # kombu's Redis transport: delivered to a worker, or waiting for its hour
FORGOTTEN_WORKER = timedelta(hours=1)


@source("about")
def about() -> Iterable[Metric]:
    role = settings.CATALYST.role
    yield gauge("role", "Role of the process that answers; always 1.", ["role"], {(role,): 1})


@source("leases")
def leases() -> Iterable[Metric]:
    now = timezone.now()
    held: Samples = {}
    age: Samples = {}
    late: Samples = {}
    for subject, expires_at, taken_at in LeaseRow.objects.exclude(holder="").values_list(
        "subject", "expires_at", "taken_at"
    ):
        kind = (subject.partition(":")[0],)
        held[kind] = held.get(kind, 0) + 1
        age[kind] = max(age.get(kind, 0), (now - taken_at).total_seconds())
        late[kind] = max(late.get(kind, 0), (now - expires_at).total_seconds())
    yield gauge("leases", "Leases that have a holder.", ["kind"], held)
    words = "Seconds since the oldest held lease was taken."
    yield gauge("lease_age_seconds", words, ["kind"], age)
    words = "Seconds since a held lease ran out without a heartbeat; the reaper's next work."
    yield gauge("lease_overdue_seconds", words, ["kind"], late)


@source("outbox")
def outbox() -> Iterable[Metric]:
    now = timezone.now()
    failing = Count("pk", Q(attempts__gt=0))
    rows: Any = (
        OutboxItem.objects.filter(done_at__isnull=True)
        .values("topic")
        .annotate(depth=Count("pk"), oldest=Min("created_at"), failing=failing)
    )
    found = list(rows)
    yield gauge(
        "outbox_depth",
        "Promised calls not yet kept.",
        ["topic"],
        {(row["topic"],): row["depth"] for row in found},
    )
    yield gauge(
        "outbox_failing",
        "Promised calls that failed at least once and are tried again.",
        ["topic"],
        {(row["topic"],): row["failing"] for row in found},
    )
    yield gauge(
        "outbox_oldest_seconds",
        "Age of the oldest promised call.",
        ["topic"],
        {(row["topic"],): (now - row["oldest"]).total_seconds() for row in found},
    )


@source("workers")
def workers() -> Iterable[Metric]:
    now = timezone.now()
    seen = WorkerBeat.objects.filter(seen_at__gt=Now() - FORGOTTEN_WORKER)
    yield gauge(
        "worker_beat_age_seconds",
        "Seconds since a worker showed itself.",
        ["worker"],
        {(beat.name,): (now - beat.seen_at).total_seconds() for beat in seen},
    )


@source("queues")
def queues() -> Iterable[Metric]:
    prefix = app.conf.broker_transport_options.get("global_keyprefix", "")
    with shared.connect() as client:
        depth: Samples = {(queue,): client.llen(f"{prefix}{queue}") for queue in QUEUES}
        unacked = float(client.hlen(f"{prefix}{UNACKED}"))
    yield gauge("queue_depth", "Tasks that no worker has taken.", ["queue"], depth)
    words = "Tasks a worker has taken and not finished, or holds for later."
    yield gauge("queue_unacked", words, [], {(): unacked})


@source("vendors")
def vendors() -> Iterable[Metric]:
    words = "Calls to vendors, by the status they answered with."
    yield counter("upstream_calls", words, ["vendor", "code"], shared.totals(shared.UPSTREAM))


@source("log")
def live_log() -> Iterable[Metric]:
    read = shared.totals(shared.LOG_LAG)
    counts = [read.get((str(place),), 0.0) for place in range(len(shared.LOG_LAG_BOUNDS) + 1)]
    total = shared.totals(shared.LOG_LAG_SUM).get((), 0.0)
    words = "Age of a line of the live log when a reader got it."
    yield histogram("log_lag_seconds", words, [], shared.LOG_LAG_BOUNDS, {(): (counts, total)})
    words = "People who follow a log over a WebSocket now."
    yield gauge("websocket_readers", words, [], {(): readers.open_now()})
