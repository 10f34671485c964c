"""`hit()` counts one try of an action; `bucket()` is our own budget at a vendor."""

from __future__ import annotations

import hashlib
import time
from math import ceil

import structlog
from limits import RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from catalyst.limits import store
from catalyst.limits.actions import LIMITS, Limit
from catalyst.limits.bucket import Bucket
from catalyst.limits.values import Pause, Verdict

__all__ = ["Bucket", "Pause", "Verdict", "bucket", "forgive", "hit"]

log = structlog.get_logger(__name__)
AWAY_SECONDS = 10  # when to ask again while Redis is away


def hit(*, action: str, key: str) -> Verdict:
    """Count one try of `action` (a name in `actions.LIMITS`) by whoever `key` stands for.

    A refused try does not count. A Redis that is away allows, but for limits that are strict.
    Raises KeyError for an unknown action: that is a mistake of ours.
    """
    limit = LIMITS[action]
    item, who = _item(limit), _who(action, key)
    limiter = MovingWindowRateLimiter(store.storage())
    try:
        allowed = limiter.hit(item, *who)
        stats = limiter.get_window_stats(item, *who)
    except store.AWAY as error:
        log.warning("rate limit not counted", action=action, error=type(error).__name__)
        if limit.strict:
            return Verdict(False, limit.amount, 0, AWAY_SECONDS, counted=False)
        return Verdict(True, limit.amount, limit.amount, limit.seconds, counted=False)
    if not allowed:
        log.info("rate limit reached", action=action, who=who[-1])
    reset = max(1, min(limit.seconds, ceil(stats.reset_time - time.time())))
    return Verdict(allowed, limit.amount, max(0, stats.remaining), reset)


def forgive(*, action: str, key: str) -> None:
    """Forget the tries of `key`: it proved to be who it said."""
    try:
        MovingWindowRateLimiter(store.storage()).clear(_item(LIMITS[action]), *_who(action, key))
    except store.AWAY as error:
        log.warning("rate limit not forgiven", action=action, error=type(error).__name__)


def bucket(*, name: str) -> Bucket:
    """The budget of requests kept under `name`: a fingerprint, never a token."""
    return Bucket(name)


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.amount, limit.seconds)


def _who(action: str, key: str) -> tuple[str, str]:
    """Addresses and e-mails are nobody's business in Redis: a hash counts as well."""
    return action, hashlib.sha256(key.encode()).hexdigest()[:32]
