"""What the operator page shows: what is stuck first, then the figures of `/metrics` as tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField
from django.db.models.functions import Cast, Now
from django.utils import timezone
from prometheus_client.core import Metric

from catalyst.telemetry.figures import gather
from catalyst.work.models import LeaseRow, OutboxItem
from sovereign_wizard.provisioning.models import WAITS_FOR, Deployment, State

MOST = 5
# Younger than this, a promised call is at work, not stuck.
OUTBOX_PATIENCE_SECONDS = 10.0
ABOUT_SOVEREIGNS = ("catalyst_deployment", "catalyst_run", "catalyst_phase")
SECONDS, COUNT = "_seconds", "_count"


@dataclass(frozen=True, slots=True)
class Stuck:
    """One thing that does not move. `url` leads to it, if it has a page."""

    what: str
    words: str
    since: datetime
    tone: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    labels: tuple[str, ...]
    figure: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One family of figures. `of` names the columns before the figure."""

    name: str
    words: str
    of: tuple[str, ...]
    unit: str
    rows: tuple[Row, ...]


def stuck() -> tuple[Stuck, ...]:
    """Leases that ran out, calls that are not kept, what waits longest; oldest of each first."""
    return (*_leases(), *_outbox(), *_waiting())


def _leases() -> Iterable[Stuck]:
    late = LeaseRow.objects.exclude(holder="").filter(expires_at__lt=Now()).order_by("expires_at")
    names = _names(late[:MOST])
    for lease in late[:MOST]:
        deployment = names.get(lease.subject)
        yield Stuck(
            what=deployment.fqdn if deployment else lease.subject,
            words="Its worker gave no sign of life; the next free worker takes it over.",
            since=lease.expires_at,
            tone="error",
            url=_url(deployment),
        )


def _names(leases: Iterable[LeaseRow]) -> dict[str, Deployment]:
    ids = [
        key
        for kind, _, key in (lease.subject.partition(":") for lease in leases)
        if kind == "deployment"
    ]
    # As text: whatever stands in a lease, this page must open.
    found = Deployment.objects.annotate(key=Cast("pk", CharField())).filter(key__in=ids)
    return {row.subject: row for row in found}


def _outbox() -> Iterable[Stuck]:
    now = timezone.now()
    for item in OutboxItem.objects.filter(done_at__isnull=True).order_by("created_at")[:MOST]:
        if (now - item.created_at).total_seconds() < OUTBOX_PATIENCE_SECONDS:
            continue
        kind = item.last_error.partition(":")[0]
        tried = f"Tried {item.attempts} times; last: {kind}." if item.attempts else "Not tried yet."
        yield Stuck(f"{item.topic} {item.key}", tried, item.created_at, "warning")


def _waiting() -> Iterable[Stuck]:
    """Waiting for a domain may take days and is its owner's turn, not stuck."""
    waiting = Deployment.objects.filter(state=State.WAITING).exclude(waits_for__in=WAITS_FOR)
    for row in waiting.order_by("state_since")[:MOST]:
        yield Stuck(row.fqdn, row.reason or "It waits.", row.state_since, "warning", _url(row))


def _url(deployment: Deployment | None) -> str:
    return f"/sovereign/deployments/{deployment.pk}/" if deployment else ""


def tables() -> tuple[Table, ...]:
    """Every family of `/metrics` as a table; a histogram as how many and their mean."""
    return tuple(_table(metric) for metric in sorted(gather(), key=_weight))


def _weight(metric: Metric) -> bool:
    """Sovereigns before the machinery under them."""
    return not metric.name.startswith(ABOUT_SOVEREIGNS)


def _table(metric: Metric) -> Table:
    of = tuple(dict.fromkeys(name for s in metric.samples for name in s.labels if name != "le"))
    seconds = metric.name.endswith(SECONDS)
    rows = _means(metric, of) if metric.type == "histogram" else _plain(metric, of)
    return Table(
        name=metric.name,
        words=metric.documentation,
        of=of,
        unit="mean" if metric.type == "histogram" else "time" if seconds else "number",
        rows=tuple(rows),
    )


def _plain(metric: Metric, of: tuple[str, ...]) -> Iterable[Row]:
    seconds = metric.name.endswith(SECONDS)
    for sample in metric.samples:
        labels = tuple(sample.labels.get(name, "") for name in of)
        yield Row(labels, sample.value, sample.value if seconds else None)


def _means(metric: Metric, of: tuple[str, ...]) -> Iterable[Row]:
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for sample in metric.samples:
        labels = tuple(sample.labels.get(name, "") for name in of)
        part = sample.name.removeprefix(metric.name)
        if part in (COUNT, "_sum"):
            found.setdefault(labels, {})[part] = sample.value
    for labels, parts in found.items():
        number = parts.get(COUNT, 0.0)
        yield Row(labels, number, parts["_sum"] / number if number else None)
