"""Spans and log lines around the steps of long work: phases and tofu commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from catalyst.telemetry import spans
from catalyst.work.steps import Fail, Wait

AnyOutcome = TypeVar("AnyOutcome")
log = structlog.get_logger(__name__)


class Step:
    """One step under way. `end` says how it came out; without it, it was broken off."""

    def __init__(self, current: Span) -> None:
        self._span, self.outcome = current, "broken-off"

    def end(self, outcome: AnyOutcome) -> AnyOutcome:
        """Note the outcome and give it back."""
        self.outcome = type(outcome).__name__.lower()
        self._span.set_attributes(spans.named({"outcome": self.outcome}))
        if isinstance(outcome, Fail):
            self._span.set_status(Status(StatusCode.ERROR, outcome.problem.type))
            self._span.set_attributes(spans.named({"problem": outcome.problem.type}))
        return outcome


@contextmanager
def phase(phase_id: str, **attributes: Any) -> Iterator[Step]:
    """Around one look at a phase; log lines meanwhile carry `phase`."""
    started = time.monotonic()
    with (
        structlog.contextvars.bound_contextvars(phase=phase_id),
        spans.span(f"phase {phase_id}", phase=phase_id, **attributes) as current,
    ):
        step = Step(current)
        try:
            yield step
        finally:
            # A phase that waits is looked at every few seconds: its lines are for debugging.
            say = log.debug if step.outcome == Wait.__name__.lower() else log.info
            say("phase", outcome=step.outcome, ms=round((time.monotonic() - started) * 1000))


@contextmanager
def tofu(command: str) -> Iterator[None]:
    """Around one tofu command; its arguments and variables stay out."""
    with spans.span(f"tofu {command}", command=command):
        yield


def resource(*, resource: str, action: str, stage: str, seconds: float) -> None:
    """Something happened to a resource; an event of the tofu command that is under way."""
    about = {"resource": resource, "action": action, "stage": stage, "seconds": seconds}
    trace.get_current_span().add_event(f"{stage} {resource}", spans.named(about))
