"""A token bucket shared by every process: how many requests a vendor will still take from us.

Taken from before a request, corrected by what the vendor's answers say. The clock is Redis', so
that workers on hosts with different clocks agree.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

import structlog

from catalyst.limits import store
from catalyst.limits.values import Pause

log = structlog.get_logger(__name__)

# What Hetzner gives every project (reference "Rate Limiting"): 3600 an hour, one back a second.
PER_HOUR = 3600
# After a 429 the count was wrong: somebody else uses the token too. Leave them room.
REFUSED_SECONDS = 10
# With Redis away a process cannot know of the others: it takes an eighth, and a small start.
ALONE_SHARE = 8
ALONE_START = 60
_FORGET_SECONDS = 7200  # a bucket is full after an hour; nothing is lost when it is forgotten

# How full it is now. KEYS[1]: the bucket; `tokens` as of second `at`, of `limit` an hour; nothing
# is given out before `closed`.
_FILL = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'limit', 'closed')
local limit = tonumber(kept[3]) or tonumber(ARGV[1])
local rate = limit / 3600
local spent = math.max(0, now - (tonumber(kept[2]) or now))
local tokens = math.min(limit, (tonumber(kept[1]) or limit) + spent * rate)
local closed = tonumber(kept[4]) or 0
"""
_KEEP = """
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens),
           'at', string.format('%.6f', now), 'limit', limit,
           'closed', string.format('%.6f', closed))
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
# ARGV[3]: how many; ARGV[4]: '1' to look only. Answers with the seconds until they are there.
_TAKE = (
    _FILL
    + """
local cost = math.min(tonumber(ARGV[3]), limit)
local wait = math.max((cost - tokens) / rate, closed - now)
if wait > 0 then return tostring(wait) end
if ARGV[4] == '1' then return '0' end
tokens = tokens - cost
"""
    + _KEEP
    + "return '0'"
)
# ARGV[3]: the vendor's limit; ARGV[4]: what it says is left; ARGV[5]: seconds to leave it alone.
# Never up: between its counting and our reading others have taken from the bucket.
_LEARN = (
    _FILL
    + """
limit = tonumber(ARGV[3])
tokens = math.min(tokens, tonumber(ARGV[4]), limit)
closed = math.max(closed, now + tonumber(ARGV[5]))
"""
    + _KEEP
)


@dataclass(slots=True)
class _Alone:
    """What this process allows itself while Redis is away."""

    tokens: float = ALONE_START
    at: float = field(default_factory=time.monotonic)

    def wait(self, cost: int, *, look: bool) -> float:
        rate = PER_HOUR / 3600 / ALONE_SHARE
        now = time.monotonic()
        self.tokens = min(ALONE_START, self.tokens + (now - self.at) * rate)
        self.at = now
        cost = min(cost, ALONE_START)
        if self.tokens < cost:
            return (cost - self.tokens) / rate
        if not look:
            self.tokens -= cost
        return 0.0


_alone: dict[str, _Alone] = {}
_alone_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of one name, e.g. the fingerprint of a token; the token itself is never one."""

    name: str

    def wait_or_until(self, *, cost: int = 1, patience: float = 0.0) -> Pause | None:
        """Take `cost` requests; None: they are yours. Else nothing was taken; when to ask again.

        Waits up to `patience` seconds for them first: for a request a person waits for.
        """
        deadline = time.monotonic() + patience
        while wait := self._take(cost, look=False):
            if time.monotonic() + wait > deadline:
                return _pause(wait)
            time.sleep(wait)
        return None

    def pause_before(self, *, cost: int = 1) -> Pause | None:
        """Until when `cost` requests are not there, without taking any; None: they are.

        For work that takes them one by one and would be of no use half done.
        """
        wait = self._take(cost, look=True)
        return _pause(wait) if wait else None

    def waits_until(self, *, cost: int = 1) -> datetime | None:
        """The moment of `pause_before`, for a page."""
        pause = self.pause_before(cost=cost)
        return pause.until if pause else None

    def learn(self, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Believe the `RateLimit-*` headers of an answer; `refused`: it was a 429."""
        limit = _number(headers.get("RateLimit-Limit")) or PER_HOUR
        left = _number(headers.get("RateLimit-Remaining"))
        if left is None and not refused:
            return
        retry = _number(headers.get("Retry-After")) or REFUSED_SECONDS
        leave_alone = min(retry, 3600) if refused else 0
        try:
            arguments = (PER_HOUR, _FORGET_SECONDS, limit, left or 0, leave_alone)
            store.redis().eval(_LEARN, 1, self._key, *map(str, arguments))
        except store.AWAY as error:
            log.warning("request budget kept alone", error=type(error).__name__)
            if refused:
                with _alone_lock:
                    _alone.setdefault(self.name, _Alone()).tokens = 0.0

    def _take(self, cost: int, *, look: bool) -> float:
        try:
            arguments = (PER_HOUR, _FORGET_SECONDS, cost, int(look))
            return float(store.redis().eval(_TAKE, 1, self._key, *map(str, arguments)))
        except store.AWAY as error:
            log.warning("request budget kept alone", error=type(error).__name__)
            with _alone_lock:
                return _alone.setdefault(self.name, _Alone()).wait(cost, look=look)

    @property
    def _key(self) -> str:
        return f"{store.prefix()}:bucket:{self.name}"


def _pause(wait: float) -> Pause:
    until = datetime.now(UTC) + timedelta(seconds=wait)
    # People see whole seconds; rounded up, so that it is true when they pass.
    shown = until.replace(microsecond=0) + timedelta(seconds=until.microsecond > 0)
    return Pause(until=shown, seconds=ceil(wait * 1000) / 1000)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None
