"""A trace survives what a task header does not: rows carry it to whoever goes on."""

from __future__ import annotations

import pytest
import structlog
from opentelemetry import trace

from catalyst.models import OutboxItem
from catalyst.problem import Conflict
from catalyst.telemetry import services, spans, steps
from catalyst.work import outbox
from catalyst.work.steps import Fail

pytestmark = pytest.mark.django_db
SUBJECT = "test:followed"


def now_in() -> str:
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def test_given_a_remembered_click_when_followed_by_another_then_its_trace_and_request() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"), spans.span("click"):
        clicked = now_in()
        services.remember(SUBJECT)

    with spans.span("the reaper of somebody else"), services.follow(SUBJECT, "work"):
        assert now_in() == clicked
        assert structlog.contextvars.get_contextvars()["request_id"] == "r-1"

    assert services.trace_id(SUBJECT) == clicked


def test_given_nothing_remembered_when_followed_then_a_trace_of_its_own() -> None:
    with services.follow("test:unknown", "work"):
        assert int(now_in(), 16)


def test_given_a_promised_call_when_kept_later_then_in_the_trace_of_the_promise() -> None:
    seen: list[str] = []
    outbox.handler("test.traced")(lambda item: seen.append(now_in()))
    try:
        with spans.span("click"):
            clicked = now_in()
            outbox.put(topic="test.traced", key="k")
        outbox.drain()
    finally:
        outbox._handlers.pop("test.traced")

    assert seen == [clicked]
    assert OutboxItem.objects.get(topic="test.traced").done_at


def test_given_an_error_with_words_when_a_span_ends_then_only_its_kind_is_kept() -> None:
    with pytest.raises(Conflict), spans.span("work") as span:
        raise Conflict("c4n4ry")

    assert span.status.description == "Conflict"  # type: ignore[attr-defined]
    assert not span.events  # type: ignore[attr-defined]


def test_given_a_phase_that_fails_when_it_ends_then_outcome_and_kind_of_problem() -> None:
    with steps.phase("tofu-apply", deployment="d") as step:
        span = trace.get_current_span()
        step.end(Fail(Conflict("c4n4ry")))

    about = span.attributes  # type: ignore[attr-defined]
    assert about["catalyst.outcome"] == "fail"
    assert about["catalyst.problem"] == "conflict"
    assert "c4n4ry" not in str(about)
