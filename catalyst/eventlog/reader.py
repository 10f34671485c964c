"""The one reader path behind WebSocket, SSE and paged HTTP.

Subscribe first, then read rows after the reader's own seq, and again on each wake-up and every
few seconds: a lost wake-up costs seconds, never a line. A slow reader is not buffered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import structlog
from django.db import DatabaseError

from catalyst.eventlog.room import Shared, entered
from catalyst.telemetry.shared import log_read

__all__ = ["Shared", "follow"]

log = structlog.get_logger(__name__)
DATABASE_AGAIN_SECONDS = 1.0


async def follow(
    subject: str, *, user_id: int, session: str | None = None, after: int = 0
) -> AsyncIterator[Shared]:
    """Pages of a stream for one reader, until it is finished and read to its end.

    `session` is the key of the session he reads by: when it ends, so does this.

    An empty page is a sign of life. Permission is looked at again before every page;
    raises Forbidden as soon as it is gone.
    """
    asked = live = False
    reader = (user_id, session or "")
    async with entered(subject, reader) as room:
        while True:
            try:
                if not asked:  # what was said about another window of his does not count
                    await room.permits.ask(reader)
                    asked = True
                shared = await room.look(after)
                await room.permits.check(reader, shared.standing.get(user_id))
            except DatabaseError as error:  # it comes back, and we go on where we were
                log.warning("log cannot be read now", error=type(error).__name__)
                await asyncio.sleep(DATABASE_AGAIN_SECONDS)
                continue
            page = shared.page
            at_end = page.reaches_the_end(after)
            if page.entries:
                after = page.entries[-1]["seq"]
                if live:  # what was there before this reader came is not late
                    log_read([max(0.0, time.time() - shared.written_at)])
            live = live or at_end
            yield shared
            if page.finished and at_end:
                return
            if at_end or not page.entries:  # a damaged log has no next line and no end either
                await room.news(shared)
