"""One reader behind WebSocket, server-sent events, pages and download: complete, and only for those
who may read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.test import AsyncClient, Client

from catalyst.asgi import application
from catalyst.eventlog.reader import Shared, follow
from catalyst.eventlog.services import Line, append, finish
from catalyst.identity.models import User
from catalyst.problem import Forbidden

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"
PATIENCE = 20.0
NO_REDIS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
    }
}


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Runs a coroutine so that its database work stays on this thread's connection."""

    async def within_time() -> None:
        await asyncio.wait_for(main(), PATIENCE * 2)

    async_to_sync(within_time)()


def write(*texts: str) -> None:
    append(LOG, [Line(text) for text in texts])


# --- follow --------------------------------------------------------------------------------------


async def collect(pages: AsyncIterator[Shared], *, meanwhile: Callable[[int], None]) -> list[int]:
    """Every seq that arrives; `meanwhile` is called after each page with the number so far."""
    seen: list[int] = []
    async for shared in pages:
        seen += [entry["seq"] for entry in shared.page.entries]
        await sync_to_async(meanwhile)(len(seen))
    return seen


@pytest.mark.parametrize("redis", ["there", "away", "lost on the way"])
def test_given_lines_while_following_when_wake_ups_come_or_not_then_no_line_is_lost(
    person, settings, redis: str
) -> None:
    if redis == "away":
        settings.CHANNEL_LAYERS = NO_REDIS
    reader = person()
    write("one", "two")

    def meanwhile(seen: int) -> None:
        if seen == 2:
            if redis == "lost on the way":
                settings.CHANNEL_LAYERS = NO_REDIS
            write("three", "four", "five")
            write("six")
            finish(LOG)

    async def main() -> None:
        assert await collect(follow(LOG, user_id=reader.pk), meanwhile=meanwhile) == [*range(1, 7)]

    run(main)


def test_given_more_lines_than_a_page_when_followed_from_the_middle_then_the_rest_in_order(
    person,
) -> None:
    reader = person()
    append(LOG, [Line(str(number)) for number in range(1300)])
    finish(LOG)

    async def main() -> None:
        seen = await collect(
            follow(LOG, user_id=reader.pk, after=700), meanwhile=lambda number: None
        )
        assert seen == list(range(701, 1301))

    run(main)


def test_given_a_follower_when_the_account_is_switched_off_then_no_further_page(person) -> None:
    reader = person()
    write("one")

    def meanwhile(seen: int) -> None:
        User.objects.update(is_active=False)
        write("for others")

    async def main() -> None:
        with pytest.raises(Forbidden):
            await collect(follow(LOG, user_id=reader.pk), meanwhile=meanwhile)

    run(main)


# --- WebSocket -----------------------------------------------------------------------------------


@asynccontextmanager
async def socket(
    client: Client | None, *, subject: str = LOG, origin: str | None = "http://testserver"
) -> AsyncIterator[tuple[WebsocketCommunicator, bool]]:
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if client is not None:
        name = django_settings.SESSION_COOKIE_NAME
        headers.append((b"cookie", f"{name}={client.cookies[name].value}".encode()))
    communicator = WebsocketCommunicator(application, f"/ws/log/{subject}", headers)
    connected, _ = await communicator.connect(timeout=PATIENCE)
    try:
        yield communicator, connected
    finally:
        await communicator.disconnect()


async def pages(communicator: WebsocketCommunicator, count: int) -> list[int]:
    seen: list[int] = []
    while len(seen) < count:
        page = await communicator.receive_json_from(timeout=PATIENCE)
        seen += [entry["seq"] for entry in page["entries"]]
    return seen


async def closed_with(communicator: WebsocketCommunicator) -> int:
    message = await communicator.receive_output(timeout=PATIENCE)
    assert message["type"] == "websocket.close", message
    return int(message["code"])


def test_given_a_reader_when_connected_after_a_seq_then_the_rest_and_what_comes(
    person, log_in
) -> None:
    client = log_in(person())
    write("one", "two", "three")

    async def main() -> None:
        async with socket(client) as (communicator, connected):
            assert connected
            await communicator.send_json_to({"after": 1})
            assert await pages(communicator, 2) == [2, 3]
            await sync_to_async(write)("four")
            assert await pages(communicator, 1) == [4]

    run(main)


@pytest.mark.parametrize("text", ["x", "[]", '{"after": -1}', '{"after": "1"}', "{}",
                                  '{"after": true}', '{"after": 1e9}', "9" * 50])  # fmt: skip
def test_given_a_message_that_is_none_of_ours_when_sent_then_said_and_the_next_one_works(
    person, log_in, text: str
) -> None:
    client = log_in(person())
    write("one")

    async def main() -> None:
        async with socket(client) as (communicator, _):
            await communicator.send_to(text_data=text)
            assert "error" in await communicator.receive_json_from(timeout=PATIENCE)
            await communicator.send_json_to({"after": 0})
            assert await pages(communicator, 1) == [1]

    run(main)


def test_given_nobody_logged_in_when_connected_then_closed_without_a_line() -> None:
    write("secret of others")

    async def main() -> None:
        async with socket(None) as (communicator, _):
            assert await closed_with(communicator) == 4401

    run(main)


def test_given_the_log_of_another_when_asked_for_then_closed_without_a_line(person, log_in) -> None:
    client = log_in(person("other@example.com"))
    write("secret of others")

    async def main() -> None:
        async with socket(client) as (communicator, _):
            await communicator.send_json_to({"after": 0})
            assert await closed_with(communicator) == 4403

    run(main)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", None])
def test_given_a_page_of_another_origin_when_it_connects_then_refused(
    person, log_in, origin: str | None
) -> None:
    client = log_in(person())

    async def main() -> None:
        async with socket(client, origin=origin) as (_, connected):
            assert not connected

    run(main)


# --- server-sent events, pages, download ---------------------------------------------------------


def events(user: User | None, **headers: str) -> tuple[Any, list[dict[str, str]]]:
    """The answer, and the events of a finished log."""
    found: list[dict[str, str]] = []
    answers: list[Any] = []

    async def main() -> None:
        client = AsyncClient()
        if user:
            await client.aforce_login(user)
        answer = await client.get(f"/log/{LOG}/events", headers=headers)
        answers.append(answer)
        if answer.streaming:
            text = "".join([part.decode() async for part in answer.streaming_content])
            blocks = [block for block in text.split("\n\n") if block and block[0] != ":"]
            found.extend(
                dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks
            )

    run(main)
    return answers[0], found


def test_given_last_event_id_when_resumed_then_exactly_the_rest_and_the_hash(person) -> None:
    write("one", "two\nlines", "three")
    finish(LOG)
    answer, found = events(person(), **{"Last-Event-ID": "1"})
    assert answer["Content-Type"] == "text/event-stream"
    assert [event.get("id") for event in found] == ["2", "3", None]
    assert json.loads(found[0]["data"])["text"] == "two\nlines"
    assert found[-1]["event"] == "done"
    assert len(json.loads(found[-1]["data"])["chain"]) == 64


@pytest.mark.parametrize("last", ["x", "-1", "²", "9" * 5000])
def test_given_an_odd_last_event_id_when_resumed_then_422(person, last: str) -> None:
    answer, _ = events(person(), **{"Last-Event-ID": last})
    assert answer.status_code == 422


def test_given_nobody_or_a_stranger_when_events_are_asked_for_then_refused(person) -> None:
    write("secret of others")
    assert events(None)[0].status_code == 403
    assert events(person("other@example.com"))[0].status_code == 404


def test_given_a_reader_when_pages_and_download_are_asked_for_then_the_same_lines(
    person, log_in
) -> None:
    write("one", "two")
    client = log_in(person())
    page = client.get(f"/log/{LOG}/page", {"after": "1"}).json()
    assert [entry["text"] for entry in page["entries"]] == ["two"]
    lines = downloaded(User.objects.get()).splitlines()
    assert [line.rsplit(" ", 1)[1] for line in lines] == ["one", "two"]


def downloaded(user: User) -> str:
    parts: list[bytes] = []

    async def main() -> None:
        client = AsyncClient()
        await client.aforce_login(user)
        answer = await client.get(f"/log/{LOG}/download")
        parts.extend([part async for part in answer.streaming_content])

    run(main)
    return b"".join(parts).decode()


@pytest.mark.parametrize("part", ["page", "download"])
def test_given_a_stranger_when_pages_or_download_are_asked_for_then_refused(
    person, log_in, part: str
) -> None:
    write("secret of others")
    assert Client().get(f"/log/{LOG}/{part}").status_code == 403
    stranger = log_in(person("other@example.com"))
    assert stranger.get(f"/log/{LOG}/{part}").status_code == 404
