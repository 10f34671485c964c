"""What a running stack says about itself: `run/status.json`, written by its supervisor only.

The file may outlive the stack; whether a stack runs is decided by the lock, never by the file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from catalyst.embedded.private_files import write_private


class Phase(StrEnum):
    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


class Condition(StrEnum):
    """Of one service. `DONE`: a program that runs once ended well."""

    WAITING = "waiting"
    STARTING = "starting"
    UP = "up"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """`seconds`: from start to up (the last time); `detail`: why it is not up, one line."""

    condition: Condition
    pid: int | None = None
    seconds: float | None = None
    restarts: int = 0
    where: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StackStatus:
    """`run` tells one start of the stack from the next; `detail` says why it failed."""

    run: str
    keeper: int
    supervisor: int
    phase: Phase
    public_range: str | None = None
    detail: str = ""
    services: dict[str, ServiceStatus] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        try:
            document: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        services = {
            name: ServiceStatus(**{**values, "condition": Condition(values["condition"])})
            for name, values in document.pop("services").items()
        }
        return cls(**{**document, "phase": Phase(document["phase"]), "services": services})

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    @property
    def is_up(self) -> bool:
        return self.phase is Phase.UP
