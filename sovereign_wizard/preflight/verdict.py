"""A check's answer: a verdict, on what evidence, in how many milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import TextChoices

from catalyst.language.words import lazy
from catalyst.problem import Problem
from sovereign_wizard.preflight.subject import Subject


class NotPossible(Problem):
    """`checks` in `extra`: every verdict, as `Verdict.as_dict()`."""

    type = "preflight-failed"
    title = lazy("This Sovereign cannot be made as asked")
    status = 422


class Answer(TextChoices):
    """`unknown`: nobody could tell, which is not `passed`. Only `failed` stops anything."""

    PASSED = "passed", lazy("Passed")
    WARNING = "warning", lazy("Warning")
    UNKNOWN = "unknown", lazy("Unknown")
    FAILED = "failed", lazy("Failed")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: its answer and the evidence in a sentence or two."""

    answer: Answer
    evidence: str


@dataclass(frozen=True, slots=True)
class Check:
    """`look` finds something, or raises a Problem: then it failed, with the Problem's detail."""

    id: str
    title: str
    look: Callable[[Subject], Finding]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`verdict` is an `Answer`."""

    id: str
    title: str
    verdict: Answer
    evidence: str
    milliseconds: int

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": str(self.verdict)}


def passed(evidence: str) -> Finding:
    return Finding(Answer.PASSED, evidence)


def warning(evidence: str) -> Finding:
    return Finding(Answer.WARNING, evidence)


def unknown(evidence: str) -> Finding:
    return Finding(Answer.UNKNOWN, evidence)


def failed(evidence: str) -> Finding:
    return Finding(Answer.FAILED, evidence)
