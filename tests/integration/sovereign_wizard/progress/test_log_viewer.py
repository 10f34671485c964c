"""The log viewer in a real browser: resumes after the last line, never shows a gap, runs no text.

The page is the real template with the real bundle under the real policy; the other end of the line
is played, because it has to break at chosen moments. With the real server: test_log_window.py.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect, sync_playwright

from catalyst.eventlog.services import chain_hash

pytestmark = pytest.mark.browser
DIST = Path(__file__).resolve().parents[4] / "static" / "dist"
SITE = "http://localhost"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self' ws://localhost"
)
BEGAN = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
HASH_OK = re.compile(r"^live · (\d+ m?s behind · )?complete · hash ok$")
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def entries(texts: list[str], *, phase: str = "tofu-apply") -> list[dict[str, Any]]:
    return [
        {
            "seq": seq,
            "at": (BEGAN + timedelta(seconds=seq)).isoformat(timespec="microseconds"),
            "level": "error" if text.startswith("!") else "info",
            "phase": phase,
            "source": "tofu",
            "text": text,
        }
        for seq, text in enumerate(texts, start=1)
    ]


def chain(lines: list[dict[str, Any]]) -> str:
    """As the server computes it (catalyst/eventlog/services.py)."""
    running = ""
    for line in lines:
        at = datetime.fromisoformat(line["at"])
        running = chain_hash(running, line["seq"], at, line["level"], line["phase"], line["text"])
    return running


def page_of(
    lines: list[dict[str, Any]], *, every: list[dict[str, Any]], finished: bool = False
) -> str:
    """A message of the server: some lines, and where the whole log stands."""
    return json.dumps(
        {
            "entries": lines,
            "last_seq": len(every),
            "chain": chain(every),
            "finished": finished,
        }
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.route(f"{SITE}/**", _answer)
    yield page
    page.close()


def _answer(route: Route) -> None:
    path = route.request.url.removeprefix(SITE).split("?")[0]
    if path.endswith("/counts"):  # a short log: the view streams it from its first line
        began = BEGAN.isoformat(timespec="microseconds")
        route.fulfill(
            json={"of": [], "last_seq": 0, "next": None, "began": began, "now": time.time()}
        )
        return
    if path.startswith("/static/"):
        file = DIST / path.removeprefix("/static/")
        route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
        return
    log = render_to_string(
        "sovereign_wizard/progress/_log.html",
        {
            "deployment": SimpleNamespace(subject="deployment:1"),
            "overview": SimpleNamespace(phases=[SimpleNamespace(id="tofu-apply")]),
        },
    )
    scripts = "".join(
        f'<script type="module" src="/static/{name}.js"></script>' for name in ("app", "deployment")
    )
    route.fulfill(
        body=f'<!doctype html><link rel="stylesheet" href="/static/app.css">{log}{scripts}',
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


def server(page: Page, answer: Callable[[int, int, WebSocketRoute], None]) -> list[int]:
    """Play the server. `answer(connection, after, socket)`; returns the list of `after`s asked."""
    asked: list[int] = []

    def connected(socket: WebSocketRoute) -> None:
        def heard(message: str | bytes) -> None:
            asked.append(json.loads(message)["after"])
            answer(len(asked), asked[-1], socket)

        socket.on_message(heard)

    page.route_web_socket("**/ws/log/deployment:1", connected)
    return asked


def shown(page: Page) -> list[str]:
    return page.locator("#log-lines .line > span").all_text_contents()


NASTY = ['<img src=x onerror="document.title=1">', 'tab\there “quotes” \\ " é 🙂 \u2028', "!bad"]


def test_given_a_whole_log_then_every_line_is_text_and_the_hash_is_checked(page: Page) -> None:
    every = entries(NASTY)
    server(page, lambda _, __, socket: socket.send(page_of(every, every=every, finished=True)))

    page.goto(SITE)

    expect(page.locator("#log-state")).to_have_text("finished · complete · hash ok")
    assert shown(page) == NASTY
    assert page.locator("#log-lines img").count() == 0


def test_given_a_log_that_was_altered_then_the_reader_is_told(page: Page) -> None:
    every = entries(["one", "two"])
    altered = [every[0], {**every[1], "text": "TWO"}]
    server(page, lambda _, __, socket: socket.send(page_of(altered, every=every)))

    page.goto(SITE)

    expect(page.locator("#log-state")).to_have_text("live · complete · HASH DIFFERS")


def test_given_the_line_breaks_then_it_resumes_after_the_last_line(page: Page) -> None:
    every = entries([f"line {n}" for n in range(1, 7)])

    def answer(connection: int, after: int, socket: WebSocketRoute) -> None:
        until = 3 if connection == 1 else len(every)
        socket.send(page_of(every[after:until], every=every))
        if connection == 1:
            socket.close()

    asked = server(page, answer)
    page.goto(SITE)

    expect(page.locator("#log-lines .line")).to_have_count(6)
    expect(page.locator("#log-state")).to_have_text(HASH_OK)
    assert asked == [0, 3]
    assert shown(page) == [entry["text"] for entry in every]


def test_given_a_gap_then_nothing_is_shown_of_it_and_it_is_fetched(page: Page) -> None:
    every = entries(["a", "b", "c", "d"])

    def answer(connection: int, after: int, socket: WebSocketRoute) -> None:
        lines = [every[0], every[2], every[3]] if connection == 1 else every[after:]
        socket.send(page_of(lines, every=every))

    asked = server(page, answer)
    page.goto(SITE)

    expect(page.locator("#log-lines .line")).to_have_count(4)
    assert asked == [0, 0]
    assert shown(page) == ["a", "b", "c", "d"]


def test_given_lines_twice_then_each_is_shown_once(page: Page) -> None:
    every = entries(["a", "b", "c"])

    def answer(_: int, __: int, socket: WebSocketRoute) -> None:
        socket.send(page_of(every[:2], every=every))
        socket.send(page_of(every, every=every))

    server(page, answer)
    page.goto(SITE)

    expect(page.locator("#log-state")).to_have_text(HASH_OK)
    assert shown(page) == ["a", "b", "c"]


def test_given_websockets_never_get_through_then_server_sent_events_do(page: Page) -> None:
    every = entries(["a", "b"])
    events = "".join(f"id: {e['seq']}\ndata: {json.dumps(e)}\n\n" for e in every)
    events += f"event: done\ndata: {json.dumps({'chain': chain(every)})}\n\n"
    page.route_web_socket("**/ws/log/deployment:1", lambda socket: socket.close())
    page.route(
        f"{SITE}/log/deployment:1/events*",
        lambda route: route.fulfill(body=events, content_type="text/event-stream"),
    )

    page.goto(SITE)

    expect(page.locator("#log-state")).to_have_text("finished · complete · hash ok", timeout=20_000)
    assert shown(page) == ["a", "b"]
