"""What scripts say is translated in the page: the two lists must be one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils.translation import override

from catalyst.language.scripts import WORDS, translated

SOURCES = Path(__file__).parents[4] / "static" / "src" / "js"


@pytest.fixture(scope="module")
def source() -> str:
    return "\n".join(file.read_text() for file in sorted(SOURCES.rglob("*.js")))


@pytest.mark.parametrize("words", WORDS)
def test_given_a_translated_word_when_looked_for_then_a_script_says_it(
    words: str, source: str
) -> None:
    assert f'"{words}"' in source


def test_given_the_page_in_arabic_when_drawn_then_all_are_there_and_in_english_none() -> None:
    with override("ar"):
        told = translated()
    assert set(told) == set(WORDS)
    assert all(said != words for words, said in told.items())
    with override("en"):
        assert translated() == {}
