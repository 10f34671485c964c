"""Faults on demand: what shall go wrong with which requests at which vendor, and how often.

In the order they come, until the times are used up. In memory: a restart forgives.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# kind → its parameter and that one's default; None: no parameter.
KINDS: dict[str, tuple[str, int] | None] = {
    "rate_limit": ("retry_after", 30),
    "status": ("status", 500),  # and nothing was done
    "status_after": ("status", 502),  # it was done all the same
    "lost_answer": None,  # likewise, and the connection ends
    "maintenance": None,
    "ignored": None,  # says yes and does nothing
    "reverts": None,  # does it, and takes it back after the next time somebody looks
    "job_fails": None,
}


class BadFault(ValueError):
    """The fault asked for is none; the text says why."""


@dataclass(slots=True)
class Fault:
    """`on`: read, write or any; `path`: a part of it; `times` None: until it is removed.

    `account`: only its requests; None: everybody's.
    """

    id: int
    registrar: str
    kind: str
    on: str
    times: int | None
    value: int
    account: int | None = None
    path: str = ""
    hits: int = 0


@dataclass(slots=True)
class Faults:
    rows: list[Fault] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, asked: dict[str, Any]) -> Fault:
        """Raises BadFault."""
        kind = asked.get("kind")
        if kind not in KINDS:
            raise BadFault(f"kind is one of {', '.join(KINDS)}")
        on = asked.get("on", "any")
        if on not in ("read", "write", "any"):
            raise BadFault("on is read, write or any")
        name, default = KINDS[kind] or ("", 0)
        fault = Fault(
            id=next(self._ids),
            registrar=str(asked["registrar"]),
            account=asked.get("account"),
            kind=kind,
            on=on,
            times=asked.get("times", 1),
            value=int(asked.get(name, default)),
            path=str(asked.get("path", "")),
        )
        self.rows.append(fault)
        return fault

    def forgive(self, number: int) -> None:
        self.rows = [row for row in self.rows if row.id != number]

    def strike(
        self, registrar: str, path: str, *, account: int | None, writes: bool
    ) -> Fault | None:
        """The first live fault that means this request; counted."""
        for fault in self.rows:
            live = fault.times is None or fault.hits < fault.times
            meant = fault.on in ("any", "write" if writes else "read")
            of_it = fault.registrar == registrar and fault.account in (None, account)
            if live and meant and of_it and fault.path in path:
                fault.hits += 1
                return fault
        return None
