"""Amounts in the earlier system's JSON: numbers, exact to the last digit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from franchise.compat.documents import BadField, major, money, written
from franchise.money import MOST_MINOR, Money

minors = st.integers(-MOST_MINOR, MOST_MINOR)


@given(minors)
def test_given_any_amount_when_written_and_read_then_the_same(minor: int) -> None:
    text = written({"credit_omr": major(Money(minor, "OMR"))})
    read = json.loads(text, parse_float=Decimal)
    assert money(read["credit_omr"], "OMR", field="credit_omr") == Money(minor, "OMR")


@pytest.mark.parametrize(
    ("minor", "text"),
    [(100_000, "100"), (12_345, "12.345"), (12_340, "12.340"), (5, "0.005"), (-500, "-0.500")],
)
def test_w27_given_an_amount_when_written_then_a_number_whole_or_with_three_decimals(
    minor: int, text: str
) -> None:
    assert written({"credit_omr": major(Money(minor, "OMR"))}) == f'{{"credit_omr": {text}}}'


@pytest.mark.parametrize(
    "number", ["1.0001", "1e99", "1e999999999", "1e-999999999", f"1.{'0' * 40}1", '"5"', "true"]
)
def test_given_what_is_no_amount_when_read_then_400_beside_the_field(number: str) -> None:
    value = json.loads(number, parse_float=Decimal)
    with pytest.raises(BadField) as caught:
        money(value, "OMR", field="credit_omr")
    assert (caught.value.status, caught.value.extra["field"]) == (400, "credit_omr")


def test_given_everything_a_document_holds_when_written_then_json_reads_it() -> None:
    document = {
        "text": 'a "quoted" \u0000 \ue000 خ',
        "none": None,
        "yes": True,
        "list": [{"n": Decimal("1.500")}, 7],
        "at": datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    assert json.loads(written(document)) == {
        "text": 'a "quoted" \u0000 \ue000 خ',
        "none": None,
        "yes": True,
        "list": [{"n": 1.5}, 7],
        "at": "2027-01-02T03:04:05Z",
    }
