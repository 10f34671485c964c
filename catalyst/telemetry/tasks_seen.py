"""Celery tasks in traces and logs: the ids of a request travel in the task's headers.

A task that nobody clicked for (every tick) begins no trace. A task queued by a task hangs beside
it, under the click: a Deployment that looks again every two seconds must not make a staircase.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from contextvars import ContextVar
from typing import Any

import structlog
from celery.signals import before_task_publish, task_postrun, task_prerun
from opentelemetry.trace import SpanKind, Status, StatusCode

from catalyst.telemetry import spans

log = structlog.get_logger(__name__)
TRACE, REQUEST = "traceparent", "catalyst_request_id"
# A line for each of these would bury what matters.
EVERY_FEW_SECONDS = frozenset({"work.tick", "work.drain"})
_outer: ContextVar[str] = ContextVar("outer", default="")
_open: dict[str, tuple[ExitStack, Any, float]] = {}


@before_task_publish.connect
def _publish(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is None:
        return
    if parent := _outer.get() or spans.traceparent():
        headers[TRACE] = parent
    if request_id := structlog.contextvars.get_contextvars().get("request_id"):
        headers[REQUEST] = request_id


@task_prerun.connect
def _begin(task_id: str, task: Any, **_: Any) -> None:
    opened = ExitStack()
    known = {"task": task.name, "task_id": task_id}
    if request_id := task.request.get(REQUEST):
        known["request_id"] = request_id
    structlog.contextvars.clear_contextvars()
    opened.enter_context(structlog.contextvars.bound_contextvars(**known))
    parent, current = task.request.get(TRACE) or "", None
    if context := spans.context_of(parent):
        token = _outer.set(parent)
        opened.callback(_outer.reset, token)
        current = opened.enter_context(
            spans.span(
                f"task {task.name}",
                parent=context,
                kind=SpanKind.CONSUMER,
                task=task.name,
                task_id=task_id,
            )
        )
    _open[task_id] = (opened, current, time.monotonic())


@task_postrun.connect
def _end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    if task_id not in _open:
        return
    opened, current, started = _open.pop(task_id)
    with opened:
        if current and state == "FAILURE":
            current.set_status(Status(StatusCode.ERROR, "task failed"))
        say = log.debug if task.name in EVERY_FEW_SECONDS else log.info
        say("task", state=state, ms=round((time.monotonic() - started) * 1000))
