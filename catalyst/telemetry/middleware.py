"""One span and one log line a request: method, path, status, time. Never a query or a header."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from catalyst.telemetry import spans
from catalyst.web.middleware import AsyncAware

log = structlog.get_logger(__name__)
# Asked all day long by machines; a line for each would bury what matters.
QUIET = ("/healthz", "/readyz", "/metrics")
NOWHERE = "(no such address)"


@dataclass(frozen=True, slots=True)
class Seen:
    span: Span
    token: object
    started: float


class Observed(AsyncAware):
    """Begins the trace of a click. A `traceparent` from outside is not believed."""

    def before(self, request: HttpRequest) -> None:
        current = spans.tracer.start_span(
            f"{request.method}", context=context.Context(), kind=SpanKind.SERVER
        )
        token = context.attach(trace.set_span_in_context(current))
        request.observed = Seen(current, token, time.monotonic())  # type: ignore[attr-defined]

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        seen: Seen = request.observed  # type: ignore[attr-defined]
        # A visitor may have pasted a secret as an address: what leads nowhere is not repeated.
        match = getattr(request, "resolver_match", None)
        static = request.path.startswith(str(settings.STATIC_URL))
        path = request.path if match or static else NOWHERE
        if match and getattr(match.func, "path_is_secret", False):
            path = f"/{match.route}"
        self._line(request, response, path, quiet=path in QUIET or static)
        seen.span.update_name(f"{request.method} /{match.route if match else ''}")
        seen.span.set_attributes(
            {
                "http.request.method": str(request.method),
                "url.path": path,
                "http.response.status_code": response.status_code,
                **spans.named({"request_id": request.request_id}),  # type: ignore[attr-defined]
            }
        )
        if response.status_code >= 500:
            seen.span.set_status(Status(StatusCode.ERROR))
        seen.span.end()
        context.detach(seen.token)  # type: ignore[arg-type]
        return response

    def _line(
        self, request: HttpRequest, response: HttpResponseBase, path: str, *, quiet: bool
    ) -> None:
        started = request.observed.started  # type: ignore[attr-defined]
        (log.debug if quiet else log.info)(
            "request",
            method=request.method,
            path=path,
            status=response.status_code,
            ms=round((time.monotonic() - started) * 1000, 1),
        )
