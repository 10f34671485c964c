"""Secrets and control characters are taken out of a line in every form they are likely to take."""

from __future__ import annotations

import base64
import json
import shlex
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.eventlog.redaction import MASK, Redactor
from catalyst.vault.secret import Secret

SECRET = """h€tzner "t0ken" with 'quotes' & ?sp=ces/+\\"""
long_enough = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=8, max_size=64
)


@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda text: urllib.parse.quote(text, safe=""),
        lambda text: urllib.parse.quote(text),
        urllib.parse.quote_plus,
        lambda text: json.dumps(text),
        lambda text: json.dumps(text, ensure_ascii=False),
        shlex.quote,
    ],
    ids=["plain", "url", "url-path", "url-form", "json", "json-unicode", "shell"],
)
def test_given_a_secret_in_some_spelling_when_cleaned_then_only_the_mask_is_left(
    spell: Callable[[str], str],
) -> None:
    cleaned = Redactor([Secret(SECRET)]).clean(f"before {spell(SECRET)} after")
    assert cleaned.replace('"', "").replace("'", "") == f"before {MASK} after"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(long_enough, st.binary(max_size=7), st.binary(max_size=7))
def test_given_a_secret_inside_longer_base64_when_cleaned_then_its_characters_are_gone(
    encode: Callable[[bytes], bytes], value: str, before: bytes, after: bytes
) -> None:
    text = encode(before + value.encode() + after).decode()
    cleaned = Redactor([Secret(value)]).clean(text)
    head, mask, tail = cleaned.partition(MASK)
    assert mask
    # What is left may hold the neighbours, and the characters they share with the secret.
    assert len(head) <= (len(before) * 8 + 5) // 6
    assert len(tail.rstrip("=")) <= (len(after) * 8 + 5) // 6 + 1


@given(long_enough, st.text(max_size=20), st.text(max_size=20))
def test_given_a_secret_anywhere_in_a_line_when_cleaned_then_it_is_gone(
    value: str, before: str, after: str
) -> None:
    cleaned = Redactor([Secret(value)]).clean(f"{before}{value}{after}")
    assert value not in cleaned
    assert MASK in cleaned


def test_given_a_secret_cut_by_colours_when_cleaned_then_it_is_gone() -> None:
    cleaned = Redactor([Secret("supersecret")]).clean("super\x1b[31msec\x00ret\x1b[0m ok")
    assert cleaned == f"{MASK} ok"


def test_given_one_secret_within_another_when_cleaned_then_the_longer_goes_whole() -> None:
    cleaned = Redactor([Secret("abcdefgh"), Secret("abcdefghijkl")]).clean("abcdefghijkl")
    assert cleaned == MASK


@given(st.text())
def test_given_any_text_when_cleaned_then_the_database_and_a_terminal_can_take_it(
    text: str,
) -> None:
    cleaned = Redactor().clean(text)
    cleaned.encode()
    assert not any(ord(char) < 32 and char not in "\t\n" for char in cleaned)
    assert not any(0x7F <= ord(char) <= 0x9F for char in cleaned)


def test_given_a_terminal_title_and_colours_when_cleaned_then_only_words_are_left() -> None:
    assert Redactor().clean("\x1b]0;title\x07\x1b[1;32mdone\x1b[0m\r\n") == "done\n"
