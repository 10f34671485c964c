"""When each job ran, as bars beside each other. Pure: only where the bars are, in whole pixels:
a fraction would be written with a comma in some languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LABELS, CHART = 200, 720
ROW, HEAD = 28, 28
BAR = 16
SHORTEST = 2
# Between two lines of the grid, in seconds; the first that gives few enough is taken.
NICE = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
MOST_TICKS = 8


class Stretch(Protocol):
    """What a bar stands for. `ended_at` is None while it goes on."""

    @property
    def began_at(self) -> datetime | None: ...

    @property
    def ended_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """`after`: seconds from the beginning of the chart. `text_y`: base line of its label."""

    of: Stretch
    after: float
    x: int
    y: int
    width: int
    text_y: int


@dataclass(frozen=True, slots=True)
class Tick:
    x: int
    seconds: int

    @property
    def words(self) -> str:
        return spoken(self.seconds)


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    width: int
    height: int
    seconds: float


def draw(stretches: Sequence[Stretch], *, now: datetime) -> Chart | None:
    """Bars in order of their beginning, from the first on until now or the last end.

    None when nothing has begun.
    """
    begun = [(one.began_at, one) for one in stretches if one.began_at]
    if not begun:
        return None
    begun.sort(key=lambda pair: pair[0])
    begin = begun[0][0]
    whole = max(max(_at(one.ended_at or now, begin) for _, one in begun), 1.0)
    scale = CHART / whole
    rows = [(_at(since, begin), _at(one.ended_at or now, begin), one) for since, one in begun]
    return Chart(
        bars=tuple(_bar(*row, number, scale) for number, row in enumerate(rows)),
        ticks=tuple(Tick(round(LABELS + at * scale), at) for at in _ticks(whole)),
        width=LABELS + CHART + 40,
        height=HEAD + len(rows) * ROW,
        seconds=whole,
    )


def _bar(since: float, until: float, one: Stretch, number: int, scale: float) -> Bar:
    """A clock that was set back gives the shortest bar, not one to the left."""
    top = HEAD + number * ROW
    return Bar(
        of=one,
        after=since,
        x=round(LABELS + since * scale),
        y=top + (ROW - BAR) // 2,
        width=max(round((until - since) * scale), SHORTEST),
        text_y=top + ROW // 2 + 4,
    )


def _at(moment: datetime, begin: datetime) -> float:
    return max((moment - begin).total_seconds(), 0.0)


def _ticks(whole: float) -> range:
    apart = next((one for one in NICE if whole / one <= MOST_TICKS), int(whole / MOST_TICKS) or 1)
    return range(0, int(whole) + 1, apart)


def spoken(seconds: int) -> str:
    """`0`, `30 s`, `5 min`, `2 h`."""
    if seconds < 60:
        return f"{seconds} s" if seconds else "0"
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return f"{minutes}:{rest:02d} min" if rest else f"{minutes} min"
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d} h" if rest else f"{hours} h"
