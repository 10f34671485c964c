"""Lines of one phase in one run, out of the Deployment's one log. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from catalyst.eventlog.search import Wanted, search
from sovereign_wizard.provisioning.models import PhaseRun

AT_ONCE = 20_000
LARGEST_ROW = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """`entries` of the log from the asked line on; `total` is how many the phase wrote."""

    entries: list[dict[str, Any]]
    total: int


def name(row: PhaseRun) -> str:
    """Public id of an execution: 16 bytes in hex."""
    return f"{row.pk:032x}"


def find(execution_id: str) -> PhaseRun | None:
    """The row of an id, if it has begun; whose it is, the caller asks."""
    try:
        key = int(execution_id, 16) if len(execution_id) == 32 else 0
    except ValueError:
        return None
    if not 0 < key <= LARGEST_ROW:
        return None
    rows = PhaseRun.objects.select_related("run__deployment").filter(started_at__isnull=False)
    return rows.filter(pk=key).first()


def lines(row: PhaseRun, *, from_line: int, limit: int) -> Lines:
    """`limit` lines from the 1-based `from_line` on, and the number of all."""
    found = _entries(row)
    before = sum(1 for _ in islice(found, from_line - 1))
    shown = list(islice(found, limit))
    after = sum(1 for _ in found)
    return Lines(shown, before + len(shown) + after)


def _entries(row: PhaseRun) -> Iterator[dict[str, Any]]:
    """Everything said in this phase between the start of its run and that of the next."""
    run = row.run
    later = run.deployment.runs.filter(number__gt=run.number).order_by("number").first()
    until = later.started_at if later else None
    after: int | None = 0
    while after is not None:
        page = search(run.deployment.subject, Wanted(phase=row.phase), after=after, limit=AT_ONCE)
        for entry in page.entries:
            at = datetime.fromisoformat(entry["at"])
            if run.started_at <= at and (until is None or at < until):
                yield entry
        after = page.next
