"""A server that answers with recorded documents, one by one, and notes what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.integration.internet.running import serving

SHAPES = Path(__file__).parent / "shapes"


def shapes(vendor: str) -> dict[str, Any]:
    return json.loads((SHAPES / f"{vendor}.json").read_text())


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Replay:
    url: str
    answers: list[tuple[int, Any]]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def replaying(*answers: tuple[int, Any]) -> Iterator[Replay]:
    """Answers are (status, document); a text is sent as it is. The last one is repeated."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            replay.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            status, document = replay.answers[min(len(replay.asked), len(replay.answers)) - 1]
            text = document if isinstance(document, str) else json.dumps(document)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    with serving(Handler) as port:
        replay = Replay(f"http://127.0.0.1:{port}", list(answers))
        yield replay
