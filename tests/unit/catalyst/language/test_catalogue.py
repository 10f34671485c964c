"""The translations that are committed are those of the words that pages say today."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

from catalyst.language import catalogue

LANGUAGE = "ar"
_TAG = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def merged() -> Catalog:
    return catalogue.merged(LANGUAGE)


def translated(catalog: Catalog) -> list[Message]:
    return [each for each in catalog if each.id]


def texts(value: Any) -> list[str]:
    return list(value) if isinstance(value, (list, tuple)) else [str(value)]


def test_given_the_code_of_now_when_collected_again_then_the_files_stay_as_committed(
    merged: Catalog,
) -> None:
    kept = catalogue.path(LANGUAGE)
    assert kept.read_bytes() == catalogue.as_text(merged), "run `manage.py words`"
    assert kept.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.known(LANGUAGE))


def test_given_every_text_when_looked_up_then_it_is_translated_and_nothing_is_guessed(
    merged: Catalog,
) -> None:
    assert len(translated(merged)) > 1000
    assert [each.id for each in catalogue.missing(merged)] == []


def test_given_every_translation_when_filled_in_then_it_takes_the_same_values(
    merged: Catalog,
) -> None:
    assert catalogue.wrong_places(merged) == []


def test_given_markup_in_a_text_when_translated_then_the_same_tags_are_there(
    merged: Catalog,
) -> None:
    differ = [
        each.id
        for each in translated(merged)
        for words in texts(each.string)
        if Counter(_TAG.findall(words)) != Counter(_TAG.findall(texts(each.id)[-1]))
    ]
    assert differ == []


def test_given_every_translation_when_read_then_it_is_arabic_or_a_name(merged: Catalog) -> None:
    names = {
        *("Catalyst", "Arm", "vCPU", "Kubeconfig", "ISO 27001", "PCI DSS", "SOC 2", "CSV"),
        "Pod",
    }
    latin = [
        each.id
        for each in translated(merged)
        for words in texts(each.string)
        if not re.search(r"[\u0600-\u06ff]", words)
        and re.search(r"[A-Za-z]{2}", _TAG.sub("", re.sub(r"%\(\w+\)s|GB|UTC|vCPU", "", words)))
        and words not in names
    ]
    assert latin == []


def test_given_a_word_that_nobody_translated_when_asked_for_then_it_is_called_missing() -> None:
    catalog = Catalog(locale=LANGUAGE)
    catalog.add("said", "قيل")
    catalog.add("not said")
    catalog.add("guessed", "ربما", flags=["fuzzy"])
    catalog.add(("one", "more"), ("", "", "", "", "", ""))
    assert {str(texts(each.id)[0]) for each in catalogue.missing(catalog)} == {
        "not said",
        "guessed",
        "one",
    }


def test_given_a_translation_that_fills_in_something_else_when_compared_then_it_is_named() -> None:
    catalog = Catalog(locale=LANGUAGE)
    catalog.add("made %(at)s", "أُنشئ %(when)s")
    catalog.add("seen %(at)s", "شوهد %(at)s")
    assert catalogue.wrong_places(catalog) == ["made %(at)s"]
