"""An event as the page shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from catalyst.audit.models import AuditEvent
from catalyst.audit.selectors import sees_all
from catalyst.identity.models import User


@dataclass(frozen=True, slots=True)
class Change:
    """One fact, before and after; empty where it was not there."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    event: AuditEvent
    address: str
    changes: tuple[Change, ...]
    seq: int | None
    hash: str

    @property
    def has_before(self) -> bool:
        return any(change.before for change in self.changes)


def row(event: AuditEvent, *, to: User) -> Row:
    """Where somebody else was is shown to those who see everything only."""
    address = event.address if event.person == to.pk or sees_all(to) else ""
    names = sorted({*event.before, *event.after})
    changes = tuple(
        Change(name, _words(event.before.get(name)), _words(event.after.get(name)))
        for name in names
    )
    seal = getattr(event, "seal", None)
    return Row(event, address or "", changes, seal.seq if seal else None, seal.hash if seal else "")


def _words(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
