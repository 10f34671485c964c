"""A CSV file holds what was there, and no spreadsheet runs any of it."""

from __future__ import annotations

import asyncio
import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.web import csv_file

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))


def read(rows: list[list[object]]) -> list[list[str]]:
    answer = csv_file.answer("x.csv", ["a"], rows)
    text = b"".join(answer).decode()
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_given_a_name_that_begins_like_a_formula_when_written_then_it_is_text(begin: str) -> None:
    assert read([[f"{begin}cmd|' /C calc'!A0"]]) == [[f"'{begin}cmd|' /C calc'!A0"]]


def test_given_numbers_when_written_then_they_stay_numbers() -> None:
    assert read([[-5, Decimal("-0.500"), None]]) == [["-5", "-0.500", ""]]


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=5))
def test_given_any_text_when_written_and_read_then_the_same_and_no_formula(
    rows: list[list[str]],
) -> None:
    found = read([list(row) for row in rows])
    assert [[cell.removeprefix("'") for cell in row] for row in found] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not [cell for row in found for cell in row if cell.startswith(csv_file.FORMULA)]


def test_given_a_long_table_when_asked_for_asynchronously_then_it_comes_in_batches() -> None:
    asked = 0

    def rows():  # type: ignore[no-untyped-def]
        nonlocal asked
        for number in range(2_000):
            asked += 1
            yield [number]

    async def first() -> tuple[bytes, int, int]:
        answer = csv_file.answer("x.csv", ["a"], rows())
        batches = answer.__aiter__()
        begin = await anext(batches)
        after = asked
        rest = [batch async for batch in batches]
        return begin, after, sum(batch.count(b"\n") for batch in [begin, *rest])

    begin, after, lines = asyncio.run(first())
    assert begin.startswith(b"a\r\n0\r\n")
    assert after < 1_000  # not the whole table for the first bytes
    assert lines == 2_001
