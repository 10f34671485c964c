"""Faults on demand: what shall go wrong with which requests of which vendor, and how often.

In the order they come, until the times are used up. In memory: a restart forgives.
"""

from dataclasses import dataclass, field
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
    """`on`: read, write or any; `path`: a part of it; `times` None: until it is removed."""

    id: int
    registrar: str
    kind: str
    on: str
    times: int | None
    value: int
    path: str = ""
    hits: int = 0


@dataclass(slots=True)
class Faults:
    rows: list[Fault] = field(default_factory=list)

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
            id=len(self.rows) + 1,
            registrar=str(asked["registrar"]),
            kind=kind,
            on=on,
            times=asked.get("times", 1),
            value=int(asked.get(name, default)),
            path=str(asked.get("path", "")),
        )
        self.rows.append(fault)
        return fault

    def strike(self, registrar: str, path: str, *, writes: bool) -> Fault | None:
        """The first live fault that means this request; counted."""
        for fault in self.rows:
            live = fault.times is None or fault.hits < fault.times
            meant = fault.on in ("any", "write" if writes else "read")
            if live and meant and fault.registrar == registrar and fault.path in path:
                fault.hits += 1
                return fault
        return None
