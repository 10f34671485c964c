"""`docs/dns-tests.md` names tests that are there, and all twenty of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TABLE = (ROOT / "docs" / "dns-tests.md").read_text()
ROWS = dict(re.findall(r"^\| (\d+) \|(.*)$", TABLE, re.MULTILINE))
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)


def source(path: str) -> str:
    """Of a file as the table names it."""
    (found,) = [
        place / path
        for place in (ROOT / "tests", ROOT / "tests" / "integration" / "dns")
        if (place / path).exists()
    ]
    return found.read_text()


def test_given_the_table_then_every_number_is_in_it() -> None:
    assert [int(number) for number in ROWS] == list(range(1, 21))


@pytest.mark.parametrize("number", ROWS)
def test_given_a_number_then_every_file_of_its_row_has_it(number: str) -> None:
    files = re.findall(r"`([\w/]+\.py)`", ROWS[number])
    assert files or "::" in ROWS[number]
    for path in files:
        assert re.search(rf"def test_dns_(t\d+_)*t{number}_", source(path)), path


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_given_a_test_that_is_named_then_it_is_there(path: str, name: str) -> None:
    assert f"def {name}(" in source(path)
