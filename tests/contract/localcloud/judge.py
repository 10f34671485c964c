"""Holds every answer the vendor's library gets against the vendor's document."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import requests

from infra.localcloud.hetzner import document


class Judge:
    """Remembers which operations it has seen."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self._paths = {
            path: re.compile("/v1" + re.sub(r"\{\w+\}", r"\\d+", path))
            for path in document.document()["paths"]
        }

    def __call__(self, answer: requests.Response, **_: object) -> None:
        asked = urlsplit(answer.request.url or "").path
        path = next(path for path, shape in self._paths.items() if shape.fullmatch(asked))
        method = str(answer.request.method)
        self.seen.add((method, path))
        schema = document.answer_schema(method, path, answer.status_code)
        if schema is None:
            assert answer.content == b"", f"{method} {path} has a body"
            return
        wrong = document.problems(schema, answer.json())
        assert wrong == {}, f"{method} {path} {answer.status_code}: {wrong}"
