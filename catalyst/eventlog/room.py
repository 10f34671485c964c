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
from datetime import datetime
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError

from catalyst.eventlog.permits import Permits, Reader, Standing
from catalyst.eventlog.services import Page, read
from catalyst.eventlog.wake import REDIS_AWAY, group
from catalyst.identity.models import User

log = structlog.get_logger(__name__)
PAGE = 2_000
FIRST_LINES = 100
MOST_CHARACTERS = 256 * 1024  # of texts in one page: what a reader who stops may cost us
REMEMBERED = 8  # newest pages
REDIS_AGAIN_SECONDS = 1.0
FRESH_SECONDS = 1.0
LISTEN_SECONDS = 2.0
CANCEL_AGAIN_SECONDS = 0.5
SECONDS_A_READER = 0.00025  # between two looks; sending one page to one takes about half
TURN_SECONDS = 4.0  # a sign of life, and what a lost wake-up costs


@dataclass
class Shared:
    """A page, and its spellings, made once for all who get it."""

    after: int
    page: Page
    standing: dict[int, Standing] = field(repr=False)
    looked_at: float

    @property
    def end(self) -> int:
        """Where a reader stands who has it."""
        entries = self.page.entries
        return entries[-1]["seq"] if entries else min(self.after, self.page.last_seq)

    def tells_the_same(self, other: Shared) -> bool:
        """Both looks saw the stream as long, and finished or not."""
        ours, theirs = self.page, other.page
        return (ours.last_seq, ours.finished) == (theirs.last_seq, theirs.finished)

    @cached_property
    def written_at(self) -> float:
        """Unix time of its last entry."""
        return datetime.fromisoformat(self.page.entries[-1]["at"]).timestamp()

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
    """Those who have read everything wait for the bell; before it rings, the room has looked for
    all of them."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self.readers: Counter[Reader] = Counter()
        self.permits = Permits(subject, lambda: self.readers, self._ring)
        self.listens = asyncio.Event()
        self._bell = asyncio.Event()
        self._woken = asyncio.Event()
        self._end = 0  # the furthest a reader can stand
        self._latest: Shared | None = None
        self._newest: dict[int, Shared] = {}
        self._looking: dict[int, asyncio.Task[Shared]] = {}
        permits = self.permits
        works = (self._listen(), self._turns(), permits.rounds(), permits.renewals())
        self._works = [asyncio.create_task(work) for work in works]

    async def close(self) -> None:
        going = set(self._works)
        while going:  # what they wait for may swallow a cancellation that comes as it ends
            for work in going:
                work.cancel()
            _, going = await asyncio.wait(going, timeout=CANCEL_AGAIN_SECONDS)
        await asyncio.gather(*self._works, return_exceptions=True)  # their errors are told already

    async def look(self, after: int) -> Shared:
        """The page after a seq, looked up at most `FRESH_SECONDS` ago."""
        known = self._newest.get(after)
        if known and self._still_true(known):
            return known
        task = self._looking.get(after)
        if task is None:
            task = self._looking[after] = asyncio.create_task(self._look(after))
            task.add_done_callback(lambda _: self._looking.pop(after, None))
        # One reader who leaves must not take the look away from the others.
        return await asyncio.shield(task)

    async def news(self, told: Shared) -> None:
        """Wait until there may be more than this look told, at most `TURN_SECONDS` or so."""
        if self._latest and not self._latest.tells_the_same(told):
            return
        await self._bell.wait()

    def _still_true(self, known: Shared) -> bool:
        if time.monotonic() - known.looked_at >= FRESH_SECONDS:
            return False
        if known.page.entries:  # those lines stay; there may be more, which comes after them
            return True
        return not self._woken.is_set() and known.tells_the_same(self._latest or known)

    async def _look(self, after: int) -> Shared:
        began = time.monotonic()
        users = tuple({user_id for user_id, _ in self.readers})
        page, standing = await database_sync_to_async(_page_and_standing)(
            self._subject, after, users
        )
        shared = Shared(after, page, standing, began)
        self._end = max(self._end, shared.end)
        if self._latest is None or self._latest.looked_at <= began:
            self._latest = shared
        self._newest.pop(after, None)
        self._newest[after] = shared
        while len(self._newest) > REMEMBERED:
            del self._newest[next(iter(self._newest))]
        return shared

    async def _turns(self) -> None:
        """At each wake-up, and now and then without one: one look, then the bell."""
        while True:
            # Not `wait_for`: until Python 3.12 a cancellation can get lost in it.
            with suppress(TimeoutError):
                async with asyncio.timeout(TURN_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            with suppress(DatabaseError):  # readers look for themselves, and say it
                await self._look(self._end)
            self._ring()
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """Seconds between two looks: the more readers, the more lines go into one message."""
        return min(0.1, max(1 / 30, self.readers.total() * SECONDS_A_READER))

    def _ring(self) -> None:
        ringing, self._bell = self._bell, asyncio.Event()
        ringing.set()

    async def _listen(self) -> None:
        """Wake at each wake-up; while Redis is away a slow clock wakes."""
        while True:
            try:
                await self._hear()
            except REDIS_AWAY as error:
                log.warning("log wake-ups are away", error=type(error).__name__)
            self.listens.set()
            await asyncio.sleep(REDIS_AGAIN_SECONDS)
            self._woken.set()

    async def _hear(self) -> None:
        layer = get_channel_layer()
        assert layer is not None  # settings always name one
        channel = await layer.new_channel()
        await layer.group_add(group(self._subject), channel)
        try:
            self.listens.set()
            self._woken.set()  # for what was written before we listened
            while True:
                # Never cancelled but at the end: the layer forgets a channel whose wait was.
                await layer.receive(channel)
                self._woken.set()
        finally:
            await layer.group_discard(group(self._subject), channel)


def _page_and_standing(
    subject: str, after: int, users: tuple[int, ...]
) -> tuple[Page, dict[int, Standing]]:
    found = User.objects.filter(pk__in=users).values_list("pk", "is_active", "roles")
    standing = {key: (active, tuple(roles)) for key, active, roles in found}
    return _page(subject, after), standing


def _page(subject: str, after: int) -> Page:
    """As much as one message may hold; a few lines first, to see how long they are."""
    page = read(subject, after=after, limit=FIRST_LINES)
    size = sum(len(entry["text"]) for entry in page.entries)
    more = min(PAGE - FIRST_LINES, (MOST_CHARACTERS - size) * FIRST_LINES // max(size, 1))
    if more > 0 and page.entries and not page.reaches_the_end(after):
        rest = read(subject, after=page.entries[-1]["seq"], limit=more)
        page = replace(rest, entries=page.entries + rest.entries)
    return _within_bounds(page)


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
async def entered(subject: str, reader: Reader) -> AsyncIterator[Room]:
    """The room of a stream in this event loop; it is there while somebody is in it."""
    rooms = _rooms.setdefault(asyncio.get_running_loop(), {})
    room = rooms.get(subject)
    if room is None:
        room = rooms[subject] = Room(subject)
    room.readers[reader] += 1
    try:
        with suppress(TimeoutError):  # subscribe first, then read; Redis may not answer at all
            async with asyncio.timeout(LISTEN_SECONDS):
                await room.listens.wait()
        yield room
    finally:
        room.readers[reader] -= 1
        if not room.readers[reader]:
            del room.readers[reader]
            room.permits.forget(reader)
        if not room.readers and rooms.get(subject) is room:
            del rooms[subject]
            await room.close()
