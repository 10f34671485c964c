"""Figures, money, times: English as it was, Arabic as CLDR has it, with Latin digits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone
from django.utils.translation import override

from catalyst.language import figures, things

ISOLATE, END = "\u2066", "\u2069"


@pytest.mark.parametrize(
    ("seconds", "english", "arabic"),
    [
        (None, "–", "–"),
        (0.42, "0.4 s", "0.4 ثانية"),
        (221.4, "3 min 41 s", "3 دقائق و41 ثانية"),
        (7200, "2 h", "ساعتان"),
    ],
)
def test_given_a_duration_when_written_then_in_the_readers_language(
    seconds: float | None, english: str, arabic: str
) -> None:
    with override("en"):
        assert figures.duration(seconds) == english
    with override("ar"):
        assert figures.duration(seconds) == arabic


@pytest.mark.parametrize(
    ("seconds", "english", "arabic"),
    [
        (3, "just now", "الآن"),
        (50, "1 min ago", "قبل دقيقة واحدة"),
        (200, "3 min ago", "قبل 3 دقائق"),
        (7300, "2 h ago", "قبل ساعتين"),
        (11 * 86_400 + 60, "11 d ago", "قبل 11 يومًا"),
    ],
)
def test_given_a_moment_when_written_then_how_long_ago_in_the_readers_language(
    seconds: int, english: str, arabic: str
) -> None:
    moment = timezone.now() - timedelta(seconds=seconds)
    with override("en"):
        assert figures.ago(moment) == english
    with override("ar"):
        assert figures.ago(moment) == arabic


def test_given_money_in_arabic_when_written_then_figure_and_sign_stay_left_to_right() -> None:
    with override("en"):
        assert figures.money(Decimal("1041.2"), "EUR") == "€1,041.20"
        assert figures.money(Decimal("12.345"), "OMR", 3) == "OMR\u00a012.345"
    with override("ar"):
        assert figures.money(Decimal("1041.2"), "EUR") == f"{ISOLATE}€1,041.20{END}"


def test_given_a_day_and_a_number_when_written_then_latin_digits_in_both_languages() -> None:
    with override("ar"):
        assert figures.day(date(2026, 11, 3)) == "3 نوفمبر 2026"
        assert figures.number(1234.5) == "1,234.5"


def test_given_a_coordinate_in_an_arabic_page_when_drawn_then_it_has_a_point() -> None:
    """A comma would break the drawing."""
    with override("ar"):
        drawn = Template('<circle cx="{{ x }}">{{ x|floatformat }}').render(Context({"x": 12.5}))
    assert drawn == '<circle cx="12.5">12.5'


@pytest.mark.parametrize(
    ("count", "arabic"),
    [
        (0, "لا خوادم"),
        (1, "خادم واحد"),
        (2, "خادمان"),
        (3, "3 خوادم"),
        (11, "11 خادمًا"),
        (100, "100 خادم"),
    ],
)
def test_given_a_number_of_things_when_counted_in_arabic_then_the_right_one_of_six_forms(
    count: int, arabic: str
) -> None:
    with override("ar"):
        assert things.counted({"server": count}) == arabic


def test_given_several_things_when_listed_then_as_the_language_lists_them() -> None:
    with override("en"):
        assert things.counted({"server": 2, "network": 1}) == "2 servers, 1 network"
        assert things.counted({}) == "nothing"
        assert things.listed(["a", "b", "c"]) == "a, b and c"
    with override("ar"):
        assert things.listed(["a", "b", "c"]) == "a، b وc"
