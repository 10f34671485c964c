"""Long work remembers the click it came from, and every worker that goes on with it follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.trace import Span

from catalyst.telemetry import spans
from catalyst.telemetry.models import Origin


def remember(subject: str) -> None:
    """Note the current request as what `subject` goes back to. Joins the caller's transaction."""
    if parent := spans.traceparent():
        known = structlog.contextvars.get_contextvars().get("request_id", "")
        Origin.objects.update_or_create(
            subject=subject, defaults={"traceparent": parent, "request_id": known}
        )


@contextmanager
def follow(subject: str, name: str, **attributes: Any) -> Iterator[Span]:
    """A span in the trace `subject` was remembered with; log lines carry that request's id.

    Whoever woke us (a task of the same click, or the reaper of another) is linked, not parent:
    the trace stays flat however often the work was looked at.
    """
    origin = Origin.objects.filter(subject=subject).first()
    parent = spans.context_of(origin.traceparent) if origin else None
    known = {"request_id": origin.request_id} if origin and origin.request_id else {}
    with (
        structlog.contextvars.bound_contextvars(**known),
        spans.span(
            name,
            parent=parent,
            links=spans.current_link() if parent else (),
            **attributes,
        ) as current,
    ):
        yield current


def trace_id(subject: str) -> str:
    """32 hex digits of the trace a subject's work belongs to; empty when none was remembered."""
    origin = Origin.objects.filter(subject=subject).first()
    context = spans.context_of(origin.traceparent) if origin else None
    if context is None:
        return ""
    return trace.format_trace_id(trace.get_current_span(context).get_span_context().trace_id)
