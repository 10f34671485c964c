"""All readers of one stream in this process: one subscription, and one look at the database for all
who stand at the same line. It never keeps lines for a slow reader; that one looks for himself.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from catalyst.eventlog.services import Page, read
from catalyst.eventlog.wake import REDIS_AWAY, group
from catalyst.identity.models import User

log = structlog.get_logger(__name__)
PAGE = 500
MOST_CHARACTERS = 256 * 1024  # of texts in one page: what a reader who stops may cost us
REMEMBERED = 8  # newest pages
REDIS_AGAIN_SECONDS = 1.0
FRESH_SECONDS = 1.0
LISTEN_SECONDS = 2.0

Standing = tuple[bool, tuple[str, ...]]  # is_active, roles


@dataclass
class Shared:
    """A page, and its spellings, made once for all who get it."""

    page: Page
    standing: dict[int, Standing] = field(repr=False)
    looked_at: float

    @cached_property
    def entries(self) -> list[str]:
        """Each entry as JSON."""
        return [json.dumps(entry) for entry in self.page.entries]

    @cached_property
    def message(self) -> str:
        """The page as JSON."""
        return json.dumps(
            {
                "entries": self.page.entries,
                "last_seq": self.page.last_seq,
                "chain": self.page.chain,
                "finished": self.page.finished,
            }
        )


class Room:
    def __init__(self, subject: str) -> None:
        self._subject = subject
        self.users: Counter[int] = Counter()
        self.bell = asyncio.Event()
        self._newest: dict[int, Shared] = {}
        self._looking: dict[int, asyncio.Task[Shared]] = {}
        self._listening = asyncio.create_task(self._listen())
        self.listens = asyncio.Event()

    async def close(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    def pause(self) -> float:
        """Seconds between two looks: the more readers, the more lines go into one message."""
        return min(0.1, max(1 / 30, self.users.total() * 0.0005))

    async def look(self, after: int) -> Shared:
        """The page after a seq, looked up at most `FRESH_SECONDS` ago."""
        known = self._newest.get(after)
        if known and time.monotonic() - known.looked_at < FRESH_SECONDS:
            return known
        task = self._looking.get(after)
        if task is None:
            task = self._looking[after] = asyncio.create_task(self._look(after))
            task.add_done_callback(lambda _: self._looking.pop(after, None))
        # One reader who leaves must not take the look away from the others.
        return await asyncio.shield(task)

    def knows(self, after: int) -> bool:
        return after in self._newest

    async def _look(self, after: int) -> Shared:
        began = time.monotonic()
        users = tuple(self.users)
        page, standing = await database_sync_to_async(_page_and_standing)(
            self._subject, after, users
        )
        shared = Shared(page, standing, began)
        if page.entries:
            self._newest[after] = shared
            while len(self._newest) > REMEMBERED:
                del self._newest[next(iter(self._newest))]
        return shared

    def _ring(self) -> None:
        ringing, self.bell = self.bell, asyncio.Event()
        ringing.set()

    async def _listen(self) -> None:
        """Ring at each wake-up; while Redis is away a slow clock rings."""
        while True:
            try:
                await self._hear()
            except REDIS_AWAY as error:
                log.warning("log wake-ups are away", error=type(error).__name__)
            self.listens.set()
            await asyncio.sleep(REDIS_AGAIN_SECONDS)
            self._ring()

    async def _hear(self) -> None:
        layer = get_channel_layer()
        assert layer is not None  # settings always name one
        channel = await layer.new_channel()
        await layer.group_add(group(self._subject), channel)
        try:
            self.listens.set()
            self._ring()  # for what was written before we listened
            while True:
                # Never cancelled but at the end: the layer forgets a channel whose wait was.
                await layer.receive(channel)
                self._ring()
        finally:
            await layer.group_discard(group(self._subject), channel)


def _page_and_standing(
    subject: str, after: int, users: tuple[int, ...]
) -> tuple[Page, dict[int, Standing]]:
    found = User.objects.filter(pk__in=users).values_list("pk", "is_active", "roles")
    standing = {key: (active, tuple(roles)) for key, active, roles in found}
    return _within_bounds(read(subject, after=after, limit=PAGE)), standing


def _within_bounds(page: Page) -> Page:
    """The first entries, so many that the message of a page stays small; at least one."""
    size = 0
    for number, entry in enumerate(page.entries):
        size += len(entry["text"])
        if size > MOST_CHARACTERS:
            return replace(page, entries=page.entries[: max(number, 1)])
    return page


_rooms: WeakKeyDictionary[Any, dict[str, Room]] = WeakKeyDictionary()


@asynccontextmanager
async def entered(subject: str, user_id: int) -> AsyncIterator[Room]:
    """The room of a stream in this event loop; it is there while somebody is in it."""
    rooms = _rooms.setdefault(asyncio.get_running_loop(), {})
    room = rooms.get(subject)
    if room is None:
        room = rooms[subject] = Room(subject)
    room.users[user_id] += 1
    try:
        with suppress(TimeoutError):  # subscribe first, then read; Redis may not answer at all
            await asyncio.wait_for(room.listens.wait(), LISTEN_SECONDS)
        yield room
    finally:
        room.users[user_id] -= 1
        room.users += Counter()  # forget those who are gone
        if not room.users and rooms.get(subject) is room:
            del rooms[subject]
            await room.close()
