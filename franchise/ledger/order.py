"""Which grant is used first: what ends soonest, then the lower priority, then the older. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from franchise.ledger.models import Grant

_NEVER = datetime.max.replace(tzinfo=UTC)


def in_order(grants: Iterable[Grant]) -> list[Grant]:
    return sorted(grants, key=lambda each: (each.expires_at or _NEVER, each.priority, each.pk))


def take(grants: Iterable[Grant], minor: int) -> Iterator[tuple[Grant, int]]:
    """So much of each in order, until there is enough or nothing left."""
    for each in in_order(grants):
        part = min(minor, each.remaining_minor)
        if part:
            yield each, part
        minor -= part
