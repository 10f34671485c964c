"""How many WebSockets are open, over all web processes.

Each process tells Redis its own number when it changes and every few seconds; what a dead process
said runs out. Counting never delays a reader.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from contextlib import suppress
from typing import Any

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from catalyst.telemetry import shared

TELL_SECONDS = 5.0
SHORTEST_PAUSE = 0.5
WORTH_SECONDS = 20.0


class Counted:
    """ASGI application around the WebSocket router."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._open = 0
        self._changed: asyncio.Event | None = None
        self._telling: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._move(+1)
        try:
            await self._application(scope, receive, send)
        finally:
            self._move(-1)

    def _move(self, step: int) -> None:
        self._open += step
        if self._changed is None:
            self._changed = asyncio.Event()
        self._changed.set()
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(self._changed))

    async def _tell(self, changed: asyncio.Event) -> None:
        """Until nobody reads and that was told."""
        client = redis.asyncio.Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=shared.TIMEOUT_SECONDS
        )
        async with client:
            while True:
                changed.clear()
                told = self._open
                if await _tell(client, told) and told == self._open == 0:
                    return
                await asyncio.sleep(SHORTEST_PAUSE)
                # Not `wait_for`: until Python 3.12 a cancellation can get lost in it.
                with suppress(TimeoutError):
                    async with asyncio.timeout(TELL_SECONDS):
                        await changed.wait()


async def _tell(client: redis.asyncio.Redis, number: int) -> bool:
    who = f"{socket.gethostname()}:{os.getpid()}"
    try:
        await client.hset(_key(), who, f"{number} {time.time():.0f}")
    except (RedisError, OSError):
        return False
    return True


def open_now() -> int:
    """Open WebSockets of all living processes. Raises RedisError."""
    oldest, total = time.time() - WORTH_SECONDS, 0
    with shared.connect() as client:
        told: dict[bytes, bytes] = client.hgetall(_key())
        for who, words in told.items():
            number, at = words.split()
            if float(at) >= oldest:
                total += int(number)
            else:
                client.hdel(_key(), who)
    return total


def _key() -> str:
    return f"{settings.CATALYST.redis_prefix}:telemetry:websockets"
