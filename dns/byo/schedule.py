"""When the world is asked again (dns.md §3.5). Pure: the row keeps the counters, so a restart of
anything changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

# (rounds, seconds between them); the last goes on until CAP.
PACE = ((10, 30.0), (15, 120.0))
SLOW_SECONDS = 600.0
CAP = timedelta(hours=72)
WARN_FIRST = timedelta(hours=24)
WARN_AGAIN = timedelta(hours=48)
JITTER = 0.1
WATCH_SECONDS = 86_400.0


def pause(rounds: int, *, chance: float) -> float:
    """Seconds after round number `rounds` (from 1); `chance` in [0, 1) spreads them by ±10 %."""
    for count, seconds in PACE:
        if rounds <= count:
            return spread(seconds, chance=chance)
        rounds -= count
    return spread(SLOW_SECONDS, chance=chance)


def spread(seconds: float, *, chance: float) -> float:
    """So that domains which began together are not asked about together."""
    return seconds * (1 - JITTER + 2 * JITTER * chance)


def is_over(age: timedelta) -> bool:
    """Has it been polled for as long as we do?"""
    return age >= CAP
