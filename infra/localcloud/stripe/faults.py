"""Faults on demand: what shall go wrong with which requests of which account, and how often.

In the order they come, until the times are used up. In memory: a restart forgives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

KINDS = {
    "rate_limit": 429,
    "status": 500,  # and nothing was done
    "status_after": 500,  # it was done all the same
    "lost_answer": 0,  # likewise, and the connection ends
    "slow": 0,  # `seconds` before anything is done
}


class BadFault(ValueError):
    """The fault asked for is none; the text says why."""


@dataclass(slots=True)
class Fault:
    """`path`: a part of it; `method` empty: any; `times` None: until it is removed."""

    id: int
    account: str
    kind: str
    method: str = ""
    path: str = ""
    times: int | None = 1
    status: int = 0
    seconds: float = 0.0
    hits: int = 0


@dataclass(slots=True)
class Faults:
    rows: list[Fault] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, account: str, asked: dict[str, Any]) -> Fault:
        """Raises BadFault."""
        kind = asked.get("kind")
        if kind not in KINDS:
            raise BadFault(f"kind is one of {', '.join(KINDS)}")
        try:
            fault = Fault(id=next(self._ids), account=account, **asked)
        except TypeError as error:
            raise BadFault(str(error)) from error
        fault.status = fault.status or KINDS[kind]
        self.rows.append(fault)
        return fault

    def forgive(self, account: str) -> None:
        self.rows = [row for row in self.rows if row.account != account]

    def strike(self, account: str, method: str, path: str) -> Fault | None:
        """The first live fault that means this request; counted."""
        for fault in self.rows:
            live = fault.times is None or fault.hits < fault.times
            meant = fault.account == account and fault.method in ("", method)
            if live and meant and fault.path in path:
                fault.hits += 1
                return fault
        return None
