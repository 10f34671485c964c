"""Lines of one phase in one run, or of one release, out of the Deployment's one log. Reads only."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from catalyst.eventlog.search import Wanted, search
from sovereign_wizard.cluster.models import Component
from sovereign_wizard.provisioning.models import Deployment, PhaseRun
from sovereign_wizard.provisioning.order import CLUSTER

AT_ONCE = 20_000
LARGEST_ROW = 2**63 - 1
# Added to the number of a release's row, so that no id is a phase's and a release's.
RELEASES = 1 << 64

Row = PhaseRun | Component


@dataclass(frozen=True, slots=True)
class Lines:
    """`entries` of the log from the asked line on; `total` is how many the phase wrote."""

    entries: list[dict[str, Any]]
    total: int


def name(row: Row) -> str:
    """Public id of an execution: 16 bytes in hex."""
    return f"{row.pk + (RELEASES if isinstance(row, Component) else 0):032x}"


def find(execution_id: str) -> Row | None:
    """The row of an id, if it has begun; whose it is, the caller asks."""
    try:
        key = int(execution_id, 16) if len(execution_id) == 32 else 0
    except ValueError:
        return None
    if 0 <= key <= LARGEST_ROW:
        begun = PhaseRun.objects.select_related("run__deployment").filter(started_at__isnull=False)
        return begun.filter(pk=key).first()
    if 0 <= key - RELEASES <= LARGEST_ROW:
        seen = Component.objects.select_related("deployment").filter(began_at__isnull=False)
        return seen.filter(pk=key - RELEASES).first()
    return None


def deployment_of(row: Row) -> Deployment:
    return row.deployment if isinstance(row, Component) else row.run.deployment


def ended_at(row: Row) -> datetime | None:
    return row.ended_at if isinstance(row, Component) else row.finished_at


def lines(row: Row, *, from_line: int, limit: int) -> Lines:
    """`limit` lines from the 1-based `from_line` on, and the number of all."""
    found = _of_release(row) if isinstance(row, Component) else _of_phase(row)
    before = sum(1 for _ in islice(found, from_line - 1))
    shown = list(islice(found, limit))
    after = sum(1 for _ in found)
    return Lines(shown, before + len(shown) + after)


def newest(row: Row, *, limit: int) -> list[dict[str, Any]]:
    """The last lines, oldest first."""
    found = _of_release(row) if isinstance(row, Component) else _of_phase(row)
    return list(deque(found, maxlen=limit))


def _of_phase(row: PhaseRun) -> Iterator[dict[str, Any]]:
    """Everything said in this phase between the start of its run and that of the next."""
    run = row.run
    later = run.deployment.runs.filter(number__gt=run.number).order_by("number").first()
    until = later.started_at if later else None
    for entry in _said(run.deployment, row.phase):
        at = datetime.fromisoformat(entry["at"])
        if run.started_at <= at and (until is None or at < until):
            yield entry


def _of_release(row: Component) -> Iterator[dict[str, Any]]:
    """Everything said about it, by us and by Flux."""
    for phase in CLUSTER:
        for entry in _said(row.deployment, phase):
            if entry["data"].get("component") == row.component_id:
                yield entry


def _said(deployment: Deployment, phase: str) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    while after is not None:
        page = search(deployment.subject, Wanted(phase=phase), after=after, limit=AT_ONCE)
        yield from page.entries
        after = page.next
