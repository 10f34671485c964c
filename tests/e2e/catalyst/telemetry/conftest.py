"""A collector of traces as the stack's processes know one: OTLP over HTTP, at the reserved port."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from catalyst.embedded.state import StackState

PATIENCE_SECONDS = 30.0


class Collector:
    """Keeps what the real exporters of web and worker send."""

    def __init__(self, port: int) -> None:
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []
        collector = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, *_: Any) -> None:
                """Quiet: the test says what is wrong."""

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Take)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)

    def until(self, wanted: Callable[[Span], bool]) -> Span:
        """The first span that is wanted; waits for it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for span in list(self.spans):
                if wanted(span):
                    return span
            time.sleep(0.05)
        pytest.fail(f"never came; seen: {sorted({span.name for span in self.spans})}")

    def trace(self, trace_id: bytes) -> dict[bytes, Span]:
        return {span.span_id: span for span in list(self.spans) if span.trace_id == trace_id}


def listening(port: int) -> Collector:
    """A collector at the port; one that is just being given up by another is waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return Collector(port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="module")
def collector(state: StackState) -> Iterator[Collector]:
    opened = listening(state.ports["otlp"])
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


def attributes(span: Span) -> dict[str, Any]:
    return {
        item.key: getattr(item.value, item.value.WhichOneof("value") or "string_value")
        for item in span.attributes
    }
