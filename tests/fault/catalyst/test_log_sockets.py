"""The log through a real Daphne: rights end in time, strangers stay out, slow ones cost little."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from catalyst.eventlog.compaction import compact
from catalyst.eventlog.services import Line, append, finish
from catalyst.identity.models import User
from tests.fault.catalyst.log_server import Server, server, take

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"
CUT_SECONDS = 5.0


@pytest.fixture
def site() -> Iterator[Server]:
    with server() as started:
        yield started


@pytest.fixture
def reader() -> User:
    return User.objects.create(subject="r", email="reader@example.com", roles=["member"])


def write(count: int, subject: str = LOG, *, size: int = 60) -> None:
    for start in range(1, count + 1, 5_000):
        end = min(start + 5_000, count + 1)
        append(subject, [Line(f"{n} ".ljust(size, "x")) for n in range(start, end)])


def nothing_until_closed(connection: ClientConnection) -> None:
    """Fails rather than waiting for ever where signs of life go on."""
    deadline = time.monotonic() + 6 * CUT_SECONDS
    while True:
        assert time.monotonic() < deadline
        assert json.loads(connection.recv(timeout=CUT_SECONDS))["entries"] == []


def test_given_open_sockets_when_rights_end_then_cut_within_5_seconds_and_told_nothing_more(
    site: Server, reader: User
) -> None:
    other = User.objects.create(subject="o", email="o@example.com", roles=["auditor"])
    write(1)
    write(1, "test:auditor")
    with site.socket(reader, LOG) as own, site.socket(other, "test:auditor") as by_role:
        for connection in (own, by_role):
            connection.send('{"after": 0}')
            assert len(take(connection, 1)) == 1
        began = time.monotonic()
        User.objects.filter(pk=reader.pk).update(is_active=False)  # deactivated
        User.objects.filter(pk=other.pk).update(roles=["member"])  # role taken away
        write(1)
        for connection in (own, by_role):
            with pytest.raises(ConnectionClosed) as closed:
                nothing_until_closed(connection)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403
        assert time.monotonic() - began < CUT_SECONDS


@pytest.mark.parametrize("origin", ["https://evil.example", None], ids=["foreign", "none"])
def test_given_a_page_of_another_origin_when_it_connects_then_no_socket(
    site: Server, reader: User, origin: str | None
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        site.socket(reader, LOG, origin=origin)
    assert refused.value.response.status_code == 403


def test_given_a_quiet_log_when_followed_by_events_then_signs_of_life_and_resumed_exactly(
    site: Server, reader: User
) -> None:
    write(3)
    with site.http(reader) as http:
        headers = {"Last-Event-ID": "1"}
        with http.stream("GET", f"/log/{LOG}/events", headers=headers, timeout=15) as answer:
            ids, signs = [], 0
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    ids.append(int(line[4:]))
                signs += line.startswith(":")
                if signs == 2:  # the second comes with no line, within 15 s or the read fails
                    break
    assert ids == [2, 3]


def test_given_readers_who_stop_reading_when_they_go_on_then_all_lines_and_memory_was_bounded(
    site: Server, reader: User
) -> None:
    count, size = 5_000, 6_000  # 30 MB a reader, were it buffered
    write(100)
    daphne = psutil.Process(site.process.popen.pid)
    with site.socket(reader, LOG) as warm:  # all code paths loaded, a page in memory
        warm.send('{"after": 0}')
        take(warm, 100)
    with site.http(reader) as http:  # and the table of addresses with all that it imports
        http.get("/healthz")
    before = daphne.memory_info().rss
    with ExitStack() as closing:
        quiet = {"max_queue": 1, "ping_interval": None}  # what is not read stays in the kernel
        slow = [closing.enter_context(site.socket(reader, LOG, **quiet)) for _ in range(3)]
        http = closing.enter_context(site.http(reader))
        with http.stream("GET", f"/log/{LOG}/events?after=100") as events:
            for connection in slow:
                connection.send('{"after": 100}')
            write(count, size=size)
            with site.socket(reader, LOG) as quick:  # others are served meanwhile
                quick.send('{"after": 100}')
                assert len(take(quick, count)) == count
            grown = daphne.memory_info().rss - before
            finish(LOG)
            ids = [int(line[4:]) for line in events.iter_lines() if line.startswith("id: ")]
        assert ids == list(range(101, count + 101))
        for connection in slow:
            seqs = [entry["seq"] for entry in take(connection, count)]
            assert seqs == list(range(101, count + 101))
    # Pages and buffers: 40 MB seen. Without backpressure it was 160 MB.
    assert grown < 60_000_000, f"{grown / 1e6:.0f} MB for 4 slow readers of 30 MB each"


@pytest.mark.parametrize("packed", [False, True], ids=["rows", "chunks"])
def test_given_100_000_lines_when_resumed_from_the_middle_then_all_the_rest_in_order(
    site: Server, reader: User, packed: bool
) -> None:
    write(100_000)
    if packed:
        finish(LOG)
        assert compact(LOG) == 20
    with site.socket(reader, LOG) as connection:
        began = time.monotonic()
        connection.send('{"after": 50000}')
        first = take(connection, 1)
        to_first = time.monotonic() - began
        rest = take(connection, 50_000 - len(first))
        to_all = time.monotonic() - began
    assert [entry["seq"] for entry in first + rest] == list(range(50_001, 100_001))
    print(f"resume from the middle: first page {to_first:.2f} s, 50,000 lines {to_all:.2f} s")


@pytest.mark.parametrize("way", ["logged out", "the others ended", "password set"])
def test_given_open_streams_when_the_log_in_ends_then_cut_within_seconds_and_others_stay(
    site: Server, reader: User, way: str
) -> None:
    write(1)
    ended, kept = Client(), Client()
    for client in (ended, kept):
        client.force_login(reader)
    events = httpx.Client(
        base_url=site.site, headers=site.cookies_of(ended), timeout=60, trust_env=False
    )
    with (
        site.socket(ended, LOG) as socket,
        site.socket(kept, LOG) as other,
        events,
        events.stream("GET", f"/log/{LOG}/events?after=1") as stream,
    ):
        for connection in (socket, other):
            connection.send('{"after": 0}')
            assert len(take(connection, 1)) == 1
        lines = stream.iter_lines()
        assert next(lines) == ": 1"
        match way:
            case "logged out":
                ended.post("/logout/")
            case "the others ended":
                kept.post("/account/sessions/end-others/")
            case _:
                new = "another horse battery"
                kept.post("/account/password/", {"password": new, "again": new})
        with pytest.raises(ConnectionClosed) as closed:
            nothing_until_closed(socket)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403
        assert "event: problem" in list(lines)  # ends by itself
        write(1)
        if way != "password set":  # this one's session got a new key
            assert [entry["seq"] for entry in take(other, 1)] == [2]
