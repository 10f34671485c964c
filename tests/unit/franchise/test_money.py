"""Money: whole minor units, one currency, no floats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.problem import Invalid
from franchise.money import EXPONENTS, MOST_MINOR, CurrencyMismatch, Money

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.integers(min_value=0, max_value=MOST_MINOR)


def test_given_baisa_when_shown_then_three_digits_behind_the_point() -> None:
    assert str(Money(12_345, "OMR")) == "OMR 12.345"
    assert str(Money(5, "OMR")) == "OMR 0.005"
    assert str(Money(-1_050, "EUR")) == "EUR -10.50"


@given(amounts, currencies)
def test_given_any_amount_when_shown_and_read_again_then_it_is_the_same(
    minor: int, currency: str
) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money).removeprefix(f"{currency} "), currency) == money


@given(st.integers(0, 10**15), st.integers(0, 10**15), currencies)
def test_given_two_amounts_when_added_and_taken_off_then_the_first_is_left(
    one: int, other: int, currency: str
) -> None:
    a, b = Money(one, currency), Money(other, currency)
    assert a + b - b == a
    assert (a <= b) == (one <= other)
    assert (a < b) == (one < other)


@given(st.text(max_size=30), currencies)
def test_given_any_text_when_read_then_money_or_a_message_beside_the_amount(
    text: str, currency: str
) -> None:
    try:
        minor = Money.parse(text, currency).minor
    except Invalid as problem:
        minor, field = 0, problem.extra["field"]
    else:
        field = "amount"
    assert 0 <= minor <= MOST_MINOR
    assert field == "amount"


@pytest.mark.parametrize(
    "text", ["", "-1", "1,5", "1.2345", "1e3", "OMR 1", "1.", ".5", "9" * 40, "1 000", "½"]
)
def test_given_an_odd_amount_when_read_then_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Money.parse(text, "OMR")


def test_given_arabic_digits_when_read_then_understood() -> None:
    assert Money.parse("١٢٫٣٤٥", "OMR") == Money(12_345, "OMR")


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_given_no_whole_number_when_made_then_refused(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "OMR")  # type: ignore[arg-type]


def test_given_two_currencies_when_added_or_compared_then_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "OMR") + Money(1, "EUR")
    with pytest.raises(CurrencyMismatch):
        bool(Money(1, "OMR") < Money(1, "EUR"))


@given(st.integers(min_value=MOST_MINOR + 1))
def test_given_more_than_64_bits_when_made_then_refused(minor: int) -> None:
    with pytest.raises(ValueError):
        Money(minor, "OMR")
