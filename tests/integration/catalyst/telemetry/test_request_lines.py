"""The line of a request: method, path, status and time; never a query nor an unknown address."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from catalyst.settings.logs import LOGGING

pytestmark = pytest.mark.django_db
CANARY = "c4n4ry-of-a-visitor"


class Lines(logging.Handler):
    """What would have gone to standard error, by the real formatter."""

    def __init__(self) -> None:
        super().__init__()
        configured = dict(LOGGING["formatters"]["json"])
        self.setFormatter(configured.pop("()")(**configured))
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def requests(self) -> list[dict[str, object]]:
        lines = [json.loads(text) for text in self.texts]
        return [line for line in lines if line["event"] == "request"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def test_given_a_request_with_a_query_when_answered_then_one_line_without_it(lines: Lines) -> None:
    answer = Client().get("/login/", {"next": CANARY})

    (line,) = lines.requests()
    assert (line["method"], line["path"], line["status"]) == ("GET", "/login/", 200)
    assert isinstance(line["ms"], float)
    assert line["request_id"] == answer["X-Request-Id"]
    assert len(str(line["trace_id"])) == 32
    assert CANARY not in "".join(lines.texts)


def test_given_an_address_that_leads_nowhere_when_asked_then_it_is_not_repeated(
    lines: Lines,
) -> None:
    Client().get(f"/{CANARY}")

    (line,) = lines.requests()
    assert line["status"] == 404
    assert CANARY not in "".join(lines.texts)


def test_given_a_trace_from_outside_when_asked_then_it_is_not_believed(lines: Lines) -> None:
    theirs = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{theirs}-b7ad6b7169203331-01"}

    Client().get("/login/", headers=headers)

    assert lines.requests()[0]["trace_id"] != theirs


def test_given_a_health_check_when_asked_then_no_line(lines: Lines) -> None:
    Client().get("/healthz")

    assert not lines.requests()
