"""Many readers of one log cost one look, and each of them only as long as he may read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalyst.eventlog import room
from catalyst.eventlog.reader import Shared, follow
from catalyst.eventlog.services import Line, append, read
from catalyst.identity.models import User
from catalyst.models import Entry
from catalyst.problem import Forbidden

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"
READERS = 30
PATIENCE = 20.0
CUT_SECONDS = 5.0


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Runs a coroutine so that its database work stays on this thread's connection."""

    async def within_time() -> None:
        await asyncio.wait_for(main(), PATIENCE)

    async_to_sync(within_time)()


async def collect_all(pages: AsyncIterator[Shared]) -> list[Shared]:
    return [shared async for shared in pages]


def test_given_many_readers_at_the_end_when_a_line_comes_then_one_look_and_one_spelling_for_all(
    person,
) -> None:
    reader = person()
    append(LOG, [Line("old")])

    async def main() -> None:
        arrived = asyncio.Semaphore(0)

        async def view() -> Shared:
            async for shared in follow(LOG, user_id=reader.pk):
                if shared.end == 1:
                    arrived.release()
                if shared.end == 2:
                    return shared
            raise AssertionError("the log ended")

        views = [asyncio.create_task(view()) for _ in range(READERS)]
        for _ in views:
            await arrived.acquire()
        await sync_to_async(append)(LOG, [Line("new")])
        pages = await asyncio.gather(*views)
        assert len({id(page.message) for page in pages}) == 1

    with CaptureQueriesContext(connection) as captured:
        run(main)
    looks = [query for query in captured if "to_char" in query["sql"]]
    # At the old line, when the room begins to listen, and at the new line; one may come early.
    assert len(looks) <= 4, f"{len(looks)} looks for {READERS} readers"


def test_given_a_quiet_log_when_the_rule_says_no_though_the_account_is_as_it_was_then_cut_in_time(
    person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "TURN_SECONDS", 60.0)  # the bell that rings anyway must not help
    reader = person()
    append(LOG, [Line("one")])

    async def main() -> None:
        pages = follow(LOG, user_id=reader.pk)
        assert (await anext(pages)).page.entries
        await sync_to_async(User.objects.filter(pk=reader.pk).update)(email="married@example.com")
        began = time.monotonic()
        with pytest.raises(Forbidden):
            await collect_all(pages)
        assert time.monotonic() - began < CUT_SECONDS

    run(main)


def test_given_another_window_of_the_same_person_when_he_may_no_longer_then_it_gets_no_line(
    person,
) -> None:
    reader = person()
    append(LOG, [Line("one")])

    async def main() -> None:
        first = follow(LOG, user_id=reader.pk)
        await anext(first)
        await sync_to_async(User.objects.filter(pk=reader.pk).update)(email="married@example.com")
        with pytest.raises(Forbidden):
            await anext(follow(LOG, user_id=reader.pk))
        await first.aclose()

    run(main)


def test_given_long_and_short_lines_when_followed_then_pages_are_bounded_and_the_lines_all_there(
    person,
) -> None:
    reader = person()
    texts = ["x" * (16_000 if 300 < number < 400 else 10) for number in range(3_000)]
    append(LOG, [Line(text) for text in texts])

    async def main() -> None:
        seen: list[str] = []
        async for shared in follow(LOG, user_id=reader.pk):
            found = [entry["text"] for entry in shared.page.entries]
            assert len(found) <= room.PAGE
            assert sum(map(len, found)) <= room.MOST_CHARACTERS
            seen += found
            if len(seen) == len(texts):
                break
        assert seen == texts

    run(main)


def test_given_a_damaged_log_when_followed_then_signs_of_life_and_no_storm(person) -> None:
    reader = person()
    append(LOG, [Line("one"), Line("two"), Line("three")])
    Entry.objects.filter(seq__gte=2).delete()
    assert not read(LOG, after=1).entries
    pages: list[Shared] = []

    async def main() -> None:
        async def view() -> None:
            async for shared in follow(LOG, user_id=reader.pk, after=1):
                pages.append(shared)
                # A wake-up of another test's log of this name is heard too; a storm is thousands.
                assert len(pages) < 300, "a storm"

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(view(), room.TURN_SECONDS + 2)

    run(main)
    assert len(pages) >= 2
