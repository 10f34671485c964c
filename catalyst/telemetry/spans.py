"""Traces (OpenTelemetry): begun by a click, carried on by task headers and rows, sent by OTLP.

Without `CATALYST_OTLP_ENDPOINT` nothing is sent, and the ids are in the log all the same.
Attributes are ids, names and numbers. An error is noted by its type, never by its words: they may
quote what somebody typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

EXPORT_TIMEOUT_SECONDS = 5.0
EXPORT_EVERY_MILLISECONDS = 1000.0
_HEADER = "traceparent"
_propagator = TraceContextTextMapPropagator()
tracer = trace.get_tracer("catalyst")


def configure(*, endpoint: str, role: str, ca_bundle: Path | None) -> None:
    """Once a process, when the kernel is ready. `endpoint`: base URL of an OTLP/HTTP collector."""
    about = {"service.name": "catalyst", "service.namespace": role}
    provider = TracerProvider(resource=Resource.create(about))
    if endpoint:
        trusted = str(ca_bundle) if ca_bundle and endpoint.startswith("https://") else None
        exporter = OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces",
            certificate_file=trusted,
            timeout=EXPORT_TIMEOUT_SECONDS,
        )
        provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MILLISECONDS)
        )
    trace.set_tracer_provider(provider)


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
    links: Sequence[Link] = (),
    **attributes: Any,
) -> Iterator[Span]:
    """A span around some work, child of the current one or of `parent`."""
    with tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        links=links,
        attributes=named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def named(attributes: dict[str, Any]) -> dict[str, Any]:
    """Our attributes stand under `catalyst.`, apart from those with a name of the convention."""
    return {
        f"catalyst.{name}": value if isinstance(value, (bool, int, float, str)) else str(value)
        for name, value in attributes.items()
        if value is not None
    }


def traceparent() -> str:
    """The current span in W3C form (Trace Context §3.2); empty when there is none."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(_HEADER, "")


def context_of(parent: str) -> Context | None:
    """The context a `traceparent` names; None when it names none."""
    if not parent:
        return None
    context = _propagator.extract({_HEADER: parent}, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def current_link() -> tuple[Link, ...]:
    """A link to what is going on now, for a span that belongs into another trace."""
    current = trace.get_current_span().get_span_context()
    return (Link(current),) if current.is_valid else ()


def add_ids(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    """structlog processor: the ids of the current span."""
    current = trace.get_current_span().get_span_context()
    if current.is_valid:
        line["trace_id"] = trace.format_trace_id(current.trace_id)
        line["span_id"] = trace.format_span_id(current.span_id)
    return line
