"""Contrast as WCAG defines it, and an accent for the dark made from one for the light."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from franchise.site.brand import colours

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#ffffff", "#ffffff", 1),
     ("#0f6b5c", "#ffffff", 6.41)],
)  # fmt: skip
def test_given_two_colours_when_compared_then_the_ratio_that_is_known(
    one: str, other: str, ratio: float
) -> None:
    assert colours.contrast(one, other) == colours.contrast(other, one)
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.02)


@given(HEX)
def test_given_any_accent_when_made_for_the_dark_then_it_can_be_read_there(accent: str) -> None:
    made = colours.for_the_dark(accent)
    assert colours.is_colour(made)
    assert colours.least_contrast(made, colours.DARK) >= colours.LEAST
    assert colours.contrast(made, colours.ON_DARK) >= colours.LEAST


@pytest.mark.parametrize("text", ["", "#fff", "red", "#0F6B5C", "#0f6b5c;", "#0f6b5c\n"])
def test_given_what_is_no_colour_when_judged_then_no(text: str) -> None:
    assert not colours.is_colour(text)
