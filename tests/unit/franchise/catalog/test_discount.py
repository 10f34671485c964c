"""The rounding rule of a bundle's discount."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from franchise.catalog.quotes import discount_of
from franchise.money import Money


@given(minor=st.integers(0, 10**15), bp=st.integers(1, 9_999))
def test_given_any_amount_when_discounted_then_rounded_down_to_a_whole_minor_unit(
    minor: int, bp: int
) -> None:
    off = discount_of(Money(minor, "OMR"), bp).minor
    assert off * 10_000 <= minor * bp < (off + 1) * 10_000
