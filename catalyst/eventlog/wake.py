"""Wake-ups: "stream S is at N" over the channel layer. Never content; losing one costs seconds.

A thread of its own sends them, at most 30 a second per stream: a writer neither waits for Redis nor
opens a connection per line.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import os
import threading
import time

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
REDIS_AWAY = (RedisError, OSError)
SHORTEST_PAUSE = 1 / 30
IDLE_SECONDS = 30.0  # without a wake-up the thread and its connection end
LAST_WORDS_SECONDS = 1.0


def group(subject: str) -> str:
    """Channel group of a stream; a hash, because group names allow few characters."""
    return "log." + hashlib.sha256(subject.encode()).hexdigest()[:32]


class Sender:
    """Sends the newest wake-up of each stream; older ones that wait are replaced by it."""

    def __init__(self) -> None:
        self._waiting: dict[str, int] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._sending = False

    def put(self, subject: str, seq: int) -> None:
        with self._changed:
            self._waiting[subject] = seq
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log wake-ups", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        """Wait until everything was sent, at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._sending, seconds)

    def _run(self) -> None:
        asyncio.run(self._send_until_idle())

    async def _send_until_idle(self) -> None:
        # Blocking this loop is fine: it has nothing to do but what comes next here.
        while True:
            with self._changed:
                self._sending = False
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._waiting, IDLE_SECONDS):
                    self._thread = None
                    return
                batch, self._waiting = self._waiting, {}
                self._sending = True
            began = time.monotonic()
            for subject, seq in batch.items():
                await self._send(subject, seq)
            await asyncio.sleep(max(0.0, began + SHORTEST_PAUSE - time.monotonic()))

    async def _send(self, subject: str, seq: int) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        try:
            await layer.group_send(group(subject), {"type": "log.wake", "seq": seq})
        except REDIS_AWAY as error:  # it carries hints only
            log.warning("log wake-up lost", error=type(error).__name__)


_sender = Sender()


def _anew() -> None:
    """Threads do not survive a fork, and a lock may have been held by one of them."""
    global _sender
    _sender = Sender()


os.register_at_fork(after_in_child=_anew)
atexit.register(lambda: _sender.flush(LAST_WORDS_SECONDS))


def wake(subject: str, seq: int) -> None:
    """Tell readers to look. Redis being away is no reason for a write to fail."""
    _sender.put(subject, seq)
