"""The one reader path behind WebSocket, SSE and paged HTTP.

Subscribe first, then read rows after the reader's own seq, and again on each wake-up and every
few seconds: a lost wake-up costs seconds, never a line. A slow reader is not buffered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError

from catalyst.eventlog.room import PAGE, Room, Shared, Standing, entered
from catalyst.eventlog.services import may_read
from catalyst.identity.models import User
from catalyst.problem import Forbidden
from catalyst.telemetry.shared import log_read

__all__ = ["PAGE", "Shared", "follow"]

log = structlog.get_logger(__name__)
# A lost right closes the stream within this time and the time of one look.
LOOK_AGAIN_SECONDS = 4.0
DATABASE_AGAIN_SECONDS = 1.0


class Permit:
    """One reader's right to one stream. Each look at the database shows whether the account or its
    roles changed; the app's own rule is asked then, and every few seconds."""

    def __init__(self, subject: str, user_id: int) -> None:
        self._subject, self._user_id = subject, user_id
        self._standing: Standing | None = None
        self._asked_at = float("-inf")

    async def check(self, seen: Shared) -> None:
        """Raises Forbidden."""
        standing = seen.standing.get(self._user_id)
        if standing is None:  # came in after that look
            standing = self._standing
        if standing != self._standing or self.seconds_left() <= 0:
            self._asked_at = time.monotonic()
            if not await database_sync_to_async(_may)(self._user_id, self._subject):
                raise Forbidden("You may no longer read this log.")
            self._standing = standing

    def seconds_left(self) -> float:
        return self._asked_at + LOOK_AGAIN_SECONDS - time.monotonic()


async def follow(subject: str, *, user_id: int, after: int = 0) -> AsyncIterator[Shared]:
    """Pages of a stream for one reader, until it is finished and read to its end.

    An empty page is a sign of life. Permission is looked at again before every page;
    raises Forbidden as soon as it is gone.
    """
    permit, live = Permit(subject, user_id), False
    async with entered(subject, user_id) as room:
        while True:
            bell = room.bell  # before the look: what is written during it rings this one
            try:
                shared = await room.look(after)
                await permit.check(shared)
            except DatabaseError as error:  # it comes back, and we go on where we were
                log.warning("log cannot be read now", error=type(error).__name__)
                await asyncio.sleep(DATABASE_AGAIN_SECONDS)
                continue
            page = shared.page
            at_end = page.reaches_the_end(after)
            if page.entries:
                after = page.entries[-1]["seq"]
                if live:  # what was there before this reader came is not late
                    log_read([_age(page.entries[-1]["at"])])
            live = live or at_end
            yield shared
            if page.finished and at_end:
                return
            if at_end and not room.knows(after):
                await _until_next(room, bell, permit)


async def _until_next(room: Room, bell: asyncio.Event, permit: Permit) -> None:
    """Wait for a wake-up, but never so long that a lost right would go unnoticed."""
    await asyncio.sleep(room.pause())
    try:
        await asyncio.wait_for(bell.wait(), max(0.0, permit.seconds_left()))
    except TimeoutError:
        return


def _age(at: str) -> float:
    return max(0.0, time.time() - datetime.fromisoformat(at).timestamp())


def _may(user_id: int, subject: str) -> bool:
    user = User.objects.filter(pk=user_id).first()
    return user is not None and may_read(user, subject)
