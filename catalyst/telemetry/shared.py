"""Counters that many processes add to: gathered in memory, added to Redis about once a second.

What no row tells (calls to vendors, how old a log line is when it is read). A counter never costs
the caller a wait and never fails: Redis being away means that the figures come later. An emptied
Redis begins at nought again, which Prometheus takes for a restart.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

import redis
from django.conf import settings
from redis.exceptions import RedisError

FLUSH_SECONDS = 1.0
TIMEOUT_SECONDS = 2.0
UPSTREAM = "upstream"
LOG_LAG, LOG_LAG_SUM = "log_lag", "log_lag_sum"
LOG_LAG_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
NO_ANSWER = "no-answer"


def upstream(*, vendor: str, code: int | str = NO_ANSWER) -> None:
    """Count one call to `vendor` (hetzner, powerdns, acme …) and the status it answered with."""
    _pending.add(UPSTREAM, (vendor, str(code)))


def log_read(ages: Iterable[float]) -> None:
    """Count log lines given to a live reader, by their age in seconds at that moment."""
    for age in ages:
        _pending.add(LOG_LAG, (str(bisect_left(LOG_LAG_BOUNDS, age)),))
        _pending.add(LOG_LAG_SUM, (), age)


def totals(metric: str) -> dict[tuple[str, ...], float]:
    """Label values → total over all processes. Raises RedisError."""
    _pending.flush()
    with connect() as client:
        found: dict[bytes, bytes] = client.hgetall(_key(metric))
    return {tuple(json.loads(labels)): float(total) for labels, total in found.items()}


def connect() -> redis.Redis:
    """A client of its own; close it, or use it as a context manager."""
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    )


def _key(metric: str) -> str:
    return f"{settings.CATALYST.redis_prefix}:telemetry:{metric}"


class _Pending:
    """What this process has counted and not yet told."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, metric: str, labels: tuple[str, ...], amount: float = 1.0) -> None:
        with self._lock:
            self._counts[metric, labels] += amount  # type: ignore[assignment]  # seconds too
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Add to Redis what was counted so far. Raises RedisError; then nothing is forgotten."""
        with self._flushing:
            with self._lock:
                counted, self._counts = self._counts, Counter()
            if not counted:
                return
            try:
                with connect() as client, client.pipeline(transaction=True) as batch:
                    for (metric, labels), amount in counted.items():
                        batch.hincrbyfloat(_key(metric), json.dumps(labels), amount)
                    batch.execute()
            except RedisError:
                with self._lock:
                    self._counts.update(counted)
                raise

    def flush_if_possible(self) -> None:
        try:
            self.flush()
        except RedisError:
            return  # kept for the next round

    def _run(self) -> None:
        wait = threading.Event()
        while not wait.wait(FLUSH_SECONDS):
            self.flush_if_possible()


def _start_anew() -> None:
    """A forked child has neither its parent's thread nor the right to tell its parent's counts."""
    global _pending
    _pending = _Pending()


_pending = _Pending()
os.register_at_fork(after_in_child=_start_anew)
atexit.register(lambda: _pending.flush_if_possible())
