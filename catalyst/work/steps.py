"""What a step of long work may answer. A step is idempotent: killed anywhere, run again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from catalyst.problem import Problem


@dataclass(frozen=True, slots=True)
class Done:
    """The world is as the step wants it. `facts` are merged into the subject's results."""

    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Something outside is needed. `reason` is shown; looked at again after `seconds`.

    Not `counted`: the time is no part of what the step may take.
    """

    reason: str
    seconds: float = 2.0
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Fail:
    """The step gives up; a person may retry from here when `retryable`."""

    problem: Problem
    retryable: bool = True


Outcome = Done | Wait | Fail
