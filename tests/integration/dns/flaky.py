"""A real HTTP proxy in front of PowerDNS that refuses chosen methods with 503 for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx


class Flaky:
    """`refused` are the methods that get 503 now; `url` is where to ask instead of PowerDNS."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.refused: set[str] = set()
        self.url = ""


@contextmanager
def flaky(upstream: str) -> Iterator[Flaky]:
    state = Flaky(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command in state.refused:
                status, content = 503, b'{"error": "try later"}'
            else:
                answer = httpx.request(
                    self.command,
                    f"{state.upstream}{self.path}",
                    content=body,
                    headers={"X-API-Key": self.headers["X-API-Key"]},
                    trust_env=False,
                )
                status, content = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing of it belongs in the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
