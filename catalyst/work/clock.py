"""The database's clock decides every deadline, because workers on hosts with different clocks share
them. This is the door to it where `Now()` in a query is not enough."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

# Celery itself compares a task's expiry, set by the sender, with the taker's own clock: a worker
# this far off would drop the rounds of the beat, which are good for four seconds.
MOST_SECONDS = 2.0


class ClockIsOff(Exception):
    """This process's clock is not that of the database."""


def database_now() -> datetime:
    """The database's clock at this instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now


def must_agree() -> None:
    """Raises ClockIsOff when our clock is certainly more than `MOST_SECONDS` off the database's."""
    asked = datetime.now(UTC)
    there = database_now()
    heard = datetime.now(UTC)
    # It was read at some moment between these two.
    off = max((asked - there).total_seconds(), (there - heard).total_seconds())
    if off > MOST_SECONDS:
        raise ClockIsOff(
            f"The clock of this machine is {off:.0f} s off the database's, and at most "
            f"{MOST_SECONDS:.0f} s are borne. Let NTP set it, then start the worker again."
        )
