"""Where bars are: in the chart, in order, as long as what they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalyst.web.csv_file import cell
from sovereign_wizard.progress.timeline import CHART, LABELS, MOST_TICKS, SHORTEST, draw, spoken

BEGIN = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stay:
    began_at: datetime | None
    ended_at: datetime | None


def stay(after: float, took: float | None) -> Stay:
    began = BEGIN + timedelta(seconds=after)
    return Stay(began, None if took is None else began + timedelta(seconds=took))


stays = st.builds(stay, st.floats(0, 1e6), st.none() | st.floats(-10, 1e6))


@settings(deadline=None)
@given(st.lists(stays, min_size=1, max_size=30), st.floats(0, 3e6))
def test_given_any_jobs_then_every_bar_is_in_the_chart_and_begins_in_order(found, now) -> None:
    chart = draw(found, now=BEGIN + timedelta(seconds=now))

    assert chart is not None and len(chart.bars) == len(found)
    starts = [bar.x for bar in chart.bars]
    assert starts == sorted(starts)
    for bar in chart.bars:
        assert bar.x >= LABELS and bar.width >= SHORTEST
        assert bar.x + bar.width <= LABELS + CHART + SHORTEST + 1
        assert 0 <= bar.y < chart.height
    assert 1 <= len(chart.ticks) <= MOST_TICKS + 1
    assert chart.ticks[0].x == LABELS


def test_given_two_jobs_then_their_bars_are_as_long_as_they_took() -> None:
    chart = draw([stay(30, 10), stay(0, 30), Stay(None, None)], now=BEGIN)

    assert chart is not None
    assert [(bar.after, bar.width) for bar in chart.bars] == [(0, 540.0), (30, 180.0)]
    assert [tick.seconds for tick in chart.ticks] == [0, 5, 10, 15, 20, 25, 30, 35, 40]


def test_given_nothing_began_then_there_is_no_chart() -> None:
    assert draw([Stay(None, None)], now=BEGIN) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0"), (30, "30 s"), (120, "2 min"), (90, "1:30 min"), (7200, "2 h"), (5400, "1:30 h")],
)
def test_given_a_mark_then_its_words_are_short(seconds, words) -> None:
    assert spoken(seconds) == words


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_given_a_cell_that_a_spreadsheet_would_run_then_it_is_text(text) -> None:
    assert cell(text) == f"'{text}"


def test_given_a_plain_cell_then_it_stays_as_it_is() -> None:
    assert [cell(None), cell(3), cell("a=b")] == ["", "3", "a=b"]
