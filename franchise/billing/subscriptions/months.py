"""Months by the calendar: 31 January, 28 February, 31 March. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime


def next_month(after: datetime, *, anchor_day: int) -> datetime:
    """The anchored day of the month after, or that month's last day; the time of day stays."""
    year, month = divmod(after.year * 12 + after.month, 12)
    day = min(anchor_day, monthrange(year, month + 1)[1])
    return after.replace(year=year, month=month + 1, day=day)
