"""The live log under load: `make bench-log`. Prints one line of figures; true only if it ran.

Stored lines a second against a bare COPY of the same rows; the age of lines at 200 WebSocket
viewers of a real Daphne, and a reader who resumes with 100,000 lines to come, both against a bare
Daphne that says the same lines (`bare_server.py`). Server, viewers and feeder are three processes.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import scratch
from bench.figures import late

BATCH = 500  # what a journal that flushes ten times a second brings at the goal of 5,000 a second
STORED = 50_000
VIEWERS = 200
LINES_A_SECOND, SECONDS, TICK = 200, 15, 0.05
STEP, TOTAL = round(LINES_A_SECOND * TICK), LINES_A_SECOND * SECONDS
LONG = 100_000
PATIENCE = 300.0


def texts(count: int) -> list[str]:
    """Lines as tofu says them."""
    words = "hcloud_server.worker[{}]: Still creating... [{}m{}s elapsed] id=wrk-{:08x}"
    return [words.format(n % 9, n // 60 % 60, n % 60, n * 2654435761 % 2**32) for n in range(count)]


def stored() -> tuple[float, float]:
    """Lines a second through `append`, with the secrets of a run, and through a bare COPY."""
    import secrets

    from django.db import connection, transaction

    from catalyst.eventlog.models import Entry
    from catalyst.eventlog.redaction import Redactor
    from catalyst.eventlog.services import Line, append
    from catalyst.vault.secret import Secret

    redactor = Redactor(Secret(secrets.token_urlsafe(48)) for _ in range(5))
    lines = [Line(text, phase="tofu-apply", source="tofu") for text in texts(STORED)]
    append("bench:warm", lines[:BATCH], redactor=redactor)
    began = time.monotonic()
    for start in range(0, STORED, BATCH):
        append("bench:stored", lines[start : start + BATCH], redactor=redactor)
    ours = STORED / (time.monotonic() - began)

    columns = "stream_id, seq, at, level, phase, source, text, data"
    rows = list(
        Entry.objects.filter(stream__subject="bench:stored")
        .order_by("seq")
        .values_list("stream_id", "seq", "at", "level", "phase", "source", "text")
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE eventlog_entry INCLUDING ALL)")
        began = time.monotonic()
        for start in range(0, STORED, BATCH):
            with transaction.atomic(), cursor.copy(f"COPY bare ({columns}) FROM STDIN") as copy:
                for row in rows[start : start + BATCH]:
                    copy.write_row((*row, "{}"))
        return ours, STORED / (time.monotonic() - began)


@contextmanager
def daphne(module: str = "bench.log_server") -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = scratch.python(module, str(port), stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        server.kill()
        server.wait()


def cookies(count: int) -> list[str]:
    """Log-ins of as many different people."""
    from django.conf import settings
    from django.test import Client

    from catalyst.identity.models import User

    found = []
    for number in range(User.objects.count(), User.objects.count() + count):
        email = f"viewer-{number}@example.com"
        user = User.objects.create(subject=email, email=email, roles=["member"])
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        found.append(f"{name}={client.cookies[name].value}")
    return found


@contextmanager
def viewers(
    port: int, subject: str, *, count: int, after: int, until: int
) -> Iterator[subprocess.Popen[str]]:
    """Viewers who all have their first page."""
    order = {
        "url": f"ws://127.0.0.1:{port}/ws/log/{subject}",
        "origin": f"http://127.0.0.1:{port}",
        "cookies": cookies(count),
        "after": after,
        "until": until,
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = scratch.python("bench.log_viewers", **pipes)
    try:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the viewers did not start")
        yield process
    finally:
        process.kill()
        process.wait()


def results(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    output, _ = process.communicate(timeout=PATIENCE)
    found: list[dict[str, Any]] = json.loads(output)
    if not all(seen["complete"] for seen in found):
        raise RuntimeError("a viewer did not get every line once and in order")
    return found


def ages(port: int) -> tuple[float, float]:
    """Median and 95th percentile of the age of a line at 200 viewers, in milliseconds."""
    from catalyst.eventlog.services import Line, append

    append("bench:live", [Line("the first line")])
    with viewers(port, "bench:live", count=VIEWERS, after=0, until=TOTAL + 1) as process:
        began, lines = time.monotonic(), [Line(text, phase="tofu-apply") for text in texts(TOTAL)]
        for number, start in enumerate(range(0, TOTAL, STEP)):
            append("bench:live", lines[start : start + STEP])
            time.sleep(max(0.0, began + (number + 1) * TICK - time.monotonic()))
        return middle_and_late(results(process))


def bare_ages(port: int) -> tuple[float, float]:
    """The same of the bare server, which feeds itself."""
    with viewers(port, "live", count=VIEWERS, after=0, until=TOTAL + 1) as process:
        return middle_and_late(results(process))


def middle_and_late(found: list[dict[str, Any]]) -> tuple[float, float]:
    """Over all lines at all viewers, but for the first line: it was there before they came."""
    every = [age for seen in found for age in seen["ages_ms"][1:]]
    return statistics.median(every), late(every)


def write_long() -> None:
    from catalyst.eventlog.services import Line, append

    lines = [Line(text, phase="tofu-apply", source="tofu") for text in texts(LONG)]
    for start in range(0, LONG, 5_000):
        append("bench:long", lines[start : start + 5_000])


def resumed(port: int, subject: str, *, after: int) -> tuple[float, float]:
    """Seconds to the first page after a seq of the long log, and to its end."""
    with viewers(port, subject, count=1, after=after, until=LONG) as process:
        (seen,) = results(process)
    return seen["first_page_seconds"], seen["all_seconds"]


def main() -> int:
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    load = os.getloadavg()[0]  # others at work make every figure worse
    with scratch.backing_services(), scratch.database():
        from catalyst.eventlog.verification import subjects, verify

        ours, bare = stored()
        with daphne() as port:
            median, late = ages(port)
            write_long()
            first, half = resumed(port, "bench:long", after=LONG // 2)
            _, whole = resumed(port, "bench:long", after=0)
        with daphne("bench.bare_server") as port:
            _, bare_late = bare_ages(port)
            _, bare_whole = resumed(port, "long", after=0)
        if not all(verify(subject).whole for subject in subjects()):
            raise RuntimeError("a log is not whole")
    print(
        f"bench-log: {ours:,.0f} lines/s stored (goal 5,000; {ours / bare:.2f} of a bare COPY, "
        f"{bare:,.0f}/s) · {VIEWERS} viewers at {LINES_A_SECOND} lines/s: age p50 {median:.0f} ms, "
        f"p95 {late:.0f} ms (goal 250; {late / bare_late:.1f} times a bare Daphne's "
        f"{bare_late:.0f}), every line at everyone · resumed in a log of {LONG:,} lines: all of it "
        f"{whole:.2f} s (goal 2; {whole / bare_whole:.1f} times a bare Daphne's {bare_whole:.2f}), "
        f"from the middle {half:.2f} s, its first page {first:.2f} s · "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
