"""No page says anything in English that was not marked for translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[4] / "templates"
FOLDERS = (
    "catalyst",
    "franchise",
    "sovereign_wizard/wizard",
    "sovereign_wizard/progress",
    "sovereign_wizard/handover",
)
_SAID = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
# Of `{# #}` Django knows one line only; what is longer would be seen.
_COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b(?s:.*?){%\s*endcomment\s*%}")
_TEMPLATE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_SHOWN = re.compile(r'\s(?:aria-label|title|placeholder|alt|data-once)="([^"]*)"')
_TAG = re.compile(r"<!?/?[a-zA-Z][^<>]*>")
# Attributes of an element that stands elsewhere.
BARE = {"catalyst/_attributes.html", "sovereign_wizard/progress/_live.html"}
# Classes of the page.
_CLASSES = re.compile(r"{% block (?:width|frame) %}.*?{% endblock %}")
# Names of things, the same in every language.
NAMES = re.compile(r"\b(?:Catalyst|UTC|x86|Arm|GB|https|CSV|PDF)\b")


def unmarked(source: str) -> list[str]:
    """Texts and attributes with words in them that are no part of a translation."""
    source = _CLASSES.sub("", _COMMENT.sub("", source))
    source = _TEMPLATE.sub("\N{NO-BREAK SPACE}", _SAID.sub("\N{NO-BREAK SPACE}", source))
    shown = _SHOWN.findall(source) + _TAG.split(source)
    return [text.strip() for text in shown if re.search(r"[A-Za-z]{2,}", NAMES.sub("", text))]


@pytest.mark.parametrize("folder", FOLDERS)
def test_given_a_folder_of_pages_when_read_then_every_visible_word_is_marked(folder: str) -> None:
    files = [
        file
        for file in sorted((TEMPLATES / folder).rglob("*.html"))
        if file.relative_to(TEMPLATES).as_posix() not in BARE
    ]
    assert files
    found = {file.name: words for file in files if (words := unmarked(file.read_text()))}
    assert found == {}


def test_given_a_plain_word_in_a_text_or_an_attribute_when_read_then_it_is_found() -> None:
    assert unmarked("<p>Hello {{ name }}</p>") == ["Hello"]
    assert unmarked('<a href="/x" title="Go on">{% icon "x" %}</a>') == ["Go on"]
    assert (
        unmarked('<p>{% translate "Hello" %} <b>{% blocktranslate %}Hi{% endblocktranslate %}')
        == []
    )


def test_given_a_comment_when_read_then_only_what_a_page_would_show_of_it_is_found() -> None:
    assert unmarked("{# One line. #}{% comment %}Two\nlines.{% endcomment %}<p></p>") == []
    assert unmarked("{# Two\nlines. #}<p></p>") == ["{# Two\nlines. #}"]
