"""A toll house before the real PowerDNS API: counts, delays, stops and breaks what passes.

It forwards everything unchanged, so what is behind it stays the real thing.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from django.conf import settings

from tests.integration.internet.running import serving

Rule = Callable[["Passage"], None]


class Lost(Exception):
    """A rule's word for: the asker never hears an answer."""


class Passage:
    """One request: `method`, `path` without the server's prefix, `forward()` to let it through."""

    def __init__(self, toll: Toll, handler: BaseHTTPRequestHandler) -> None:
        self.method = handler.command
        self.path = urlsplit(handler.path).path.partition("/servers/localhost")[2]
        self.query = urlsplit(handler.path).query
        self.status: int | None = None
        self.number = 0
        self._toll, self._handler = toll, handler
        self._body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))

    def forward(self) -> None:
        """Have PowerDNS do it; what it says waits here. Twice is once."""
        if self.status is not None:
            return
        behind = http.client.HTTPConnection(self._toll.host, self._toll.port, timeout=10)
        headers = {"X-API-Key": self._handler.headers["X-API-Key"]}
        behind.request(self.method, self._handler.path, body=self._body, headers=headers)
        answer = behind.getresponse()
        self.status, self.answer = answer.status, answer.read()
        behind.close()

    def fail(self, status: int = 503) -> None:
        self.status, self.answer = status, b'{"error": "out of order"}'


class Toll:
    """`passed` counts `METHOD path`; `most` is how many were inside at one moment."""

    def __init__(self) -> None:
        real = urlsplit(settings.CATALYST.powerdns_url)
        self.host, self.port = real.hostname or "", real.port or 80
        self.passed: Counter[str] = Counter()
        self.most = 0
        self.rule: Rule = lambda _: None
        self._inside = 0
        self._lock = threading.Lock()
        self._next = 0.0
        self.per_second = 0.0

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        passage = Passage(self, handler)
        with self._lock:
            self.passed[f"{passage.method} {passage.path}"] += 1
            passage.number = self.passed.total()
            self._inside += 1
            self.most = max(self.most, self._inside)
        try:
            self._wait_turn()
            self.rule(passage)
            passage.forward()
            assert passage.status is not None
            handler.send_response(passage.status)
            handler.send_header("Content-Length", str(len(passage.answer)))
            handler.end_headers()
            handler.wfile.write(passage.answer)
        except (Lost, BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
        finally:
            with self._lock:
                self._inside -= 1

    def _wait_turn(self) -> None:
        """One every 1/per_second seconds: this is what a slow server does, not waiting for one."""
        if not self.per_second:
            return
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now) + 1 / self.per_second
            wait = self._next - now
        time.sleep(wait)


@contextmanager
def toll_house() -> Iterator[tuple[Toll, str]]:
    """The toll and the URL to go through it."""
    toll = Toll()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

        def _handle(self) -> None:
            toll.handle(self)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    with serving(Handler) as port:
        yield toll, f"http://127.0.0.1:{port}"
