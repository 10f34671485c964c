"""What scripts say is translated in the page: the two lists must be one."""

from __future__ import annotations

import re
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


def test_given_what_a_script_says_when_looked_for_then_it_is_translated(source: str) -> None:
    asked = r'\b(?:said|filled)\(\s*"([^"]+)"|\bcounted\("([^"]+)", "([^"]+)"'
    found = {words for groups in re.findall(asked, source) for words in groups if words}
    assert found - set(WORDS) == set()
    assert len(found) > 20


def test_given_places_in_a_word_when_translated_then_the_same_places_are_filled() -> None:
    with override("ar"):
        for words, said in translated().items():
            assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", words)), words


def test_given_the_page_in_arabic_when_drawn_then_all_are_there_and_in_english_none() -> None:
    with override("ar"):
        told = translated()
    assert set(told) == set(WORDS)
    assert all(said != words for words, said in told.items())
    with override("en"):
        assert translated() == {}
