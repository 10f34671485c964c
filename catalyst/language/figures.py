"""Numbers, money, days and durations as the reader's language writes them (Unicode CLDR, by Babel).

Arabic pages use Latin digits: addresses, ids, sizes, codes and the vendor's own bill are written so
and stand beside our figures, they are typed so, and the Arab world's own consoles and the CLDR
locales of the Gulf and the Maghreb do the same. English is written as it always was here: shorter
than CLDR, with the sign before the figure.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from babel import dates, numbers, units
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

ENGLISH = "en"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
# Isolates: a figure keeps its own direction in a line of the other one (Unicode UAX #9).
LEFT_TO_RIGHT, END = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
JUST_NOW_SECONDS = 45
AGO_UNITS: tuple[tuple[int, str, Literal["day", "hour", "minute"]], ...] = (
    (86_400, "d", "day"),
    (3_600, "h", "hour"),
    (60, "min", "minute"),
)


def _tongue() -> str:
    return str(get_language() or ENGLISH).partition("-")[0]


def number(value: Decimal | float) -> str:
    """`1234.5` → `1,234.5`."""
    return str(numbers.format_decimal(value, locale=_tongue()))


def money(amount: Decimal, currency: str, places: int = 2) -> str:
    """An amount in major units: `€41.20` for what everybody writes so, else `OMR 12.345`.

    In Arabic the figure and its sign stay together and left to right, as on the vendor's bill.
    """
    sign = SIGNS.get(currency)
    figure = f"{amount:,.{places}f}"
    written = f"{sign}{figure}" if sign else f"{currency}\N{NO-BREAK SPACE}{figure}"
    return written if _tongue() == ENGLISH else f"{LEFT_TO_RIGHT}{written}{END}"


def duration(seconds: float | None) -> str:
    """`221.4` → `3 min 41 s`; short ones keep a decimal, none is a dash."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return _unit(f"{seconds:.1f}", seconds, "s", "second")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h", "hour"), (minutes, "min", "minute"), (rest, "s", "second")]
    said = [_unit(str(count), count, short, unit) for count, short, unit in parts if count]
    glue = " " if _tongue() == ENGLISH else " و"
    return glue.join(said) or _unit("0", 0, "s", "second")


def _unit(figure: str, count: float, short: str, unit: str) -> str:
    if _tongue() == ENGLISH:
        return f"{figure} {short}"
    value = round(count, 1)
    return str(units.format_unit(value, f"duration-{unit}", length="long", locale=_tongue()))


def ago(moment: datetime) -> str:
    """`just now`, `3 min ago`: whole units, rounded down."""
    seconds = (timezone.now() - moment).total_seconds()
    for size, short, unit in AGO_UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {short} ago" if _tongue() == ENGLISH else _before(count, unit)
    if seconds < JUST_NOW_SECONDS:
        return _("just now")
    return "1 min ago" if _tongue() == ENGLISH else _before(1, "minute")


def _before(count: int, unit: Literal["day", "hour", "minute"]) -> str:
    span = timedelta(**{f"{unit}s": count})
    words = dates.format_timedelta(
        -span, granularity=unit, threshold=count + 1, add_direction=True, locale=_tongue()
    )
    return str(words)


def day(value: date) -> str:
    """`3 November 2026`, `3 نوفمبر 2026`."""
    pattern = "d MMMM y"
    return str(dates.format_date(value, pattern, locale=_tongue()))
