"""One operation at a time for an account whose vendor wants that, over all our processes.

Redis keeps the turns; with Redis away only this process' own threads take turns.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from redis.exceptions import LockError

from catalyst.limits.store import AWAY, redis
from dns.registrars.problems import RateLimited

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 10.0
# Longer than an operation with its whole budget; a killed worker's turn ends by itself.
TURN_SECONDS = 60
_threads: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def turn(account: str, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the account (a fingerprint). Raises RateLimited when others hold it too long."""
    lock = _threads[account]
    if not lock.acquire(timeout=patience):
        raise _busy()
    try:
        with _turn_of_processes(account, patience):
            yield
    finally:
        lock.release()


@contextmanager
def _turn_of_processes(account: str, patience: float) -> Iterator[None]:
    held = redis().lock(
        f"{settings.CATALYST.redis_prefix}:registrars:turn:{account}",
        timeout=TURN_SECONDS,
        blocking_timeout=patience,
        thread_local=False,
    )
    try:
        got = held.acquire()
    except AWAY as error:
        log.warning("registrar turn kept alone", error=type(error).__name__)
        got = None
    try:
        if got is False:
            raise _busy()
        yield
    finally:
        if got:
            try:
                held.release()
            except (LockError, *AWAY) as error:
                log.warning("registrar turn ended by itself", error=type(error).__name__)


def _busy() -> RateLimited:
    return RateLimited(
        "Another request for this account is under way, and this registrar takes one at a time.",
        retry_after=round(PATIENCE_SECONDS),
    )
