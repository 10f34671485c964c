"""Voucher codes: what is made, what people type, what is noticed."""

from __future__ import annotations

import hmac
import string
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.vault.secret import Secret
from franchise.vouchers.codes import (
    ALPHABET,
    LENGTH,
    check_character,
    code_hash,
    grouped,
    new_code,
    normalise,
)

bodies = st.text(alphabet=ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)


def whole(body: str) -> str:
    return body + check_character(body)


def read(text: str) -> str | None:
    code = normalise(Secret(text))
    return code.reveal() if code else None


def test_given_many_new_codes_when_read_back_grouped_then_all_differ_and_are_theirs() -> None:
    made = [new_code() for _ in range(500)]
    assert len({code.reveal() for code in made}) == 500
    for code in made:
        assert [len(part) for part in grouped(code).split("-")] == [4, 4, 4]
        assert read(grouped(code)) == code.reveal()


@given(bodies, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_given_one_wrong_character_when_read_then_it_is_noticed(
    body: str, position: int, other: str
) -> None:
    code = whole(body)
    wrong = code[:position] + other + code[position + 1 :]
    assert read(wrong) == (code if wrong == code else None)


@given(bodies, st.data())
def test_given_spaces_hyphens_case_and_lookalikes_when_read_then_the_same_code(
    body: str, data: st.DataObject
) -> None:
    code = whole(body)
    typed = ""
    for character in code:
        spellings = [character, character.lower()]
        spellings += {"1": ["I", "i", "l", "L", "ı"], "0": ["o", "O"]}.get(character, [])
        typed += data.draw(st.sampled_from(spellings))
        typed += data.draw(st.sampled_from(["", "-", " ", "\u200b", "–", "\u00a0", "\t"]))
    assert read(f"  {typed}\n") == code


def test_given_full_width_letters_when_read_then_the_same_code() -> None:
    code = whole("ABCDEFGHJKM")
    wide = "".join(chr(ord(character) + 0xFEE0) for character in code)
    assert read(wide) == code


@given(st.text(max_size=200))
def test_given_any_text_when_read_then_a_canonical_code_or_nothing(text: str) -> None:
    code = read(text)
    assert code is None or (8 <= len(code) <= 32 and set(code) <= set(ALPHABET + "U"))


@pytest.mark.parametrize("text", ["", "0" * 7, "A" * 33, "🎁" * 12, "%2F"])
def test_given_what_is_no_code_when_read_then_nothing(text: str) -> None:
    assert read(text) is None


@pytest.mark.django_db
def test_given_a_code_when_hashed_then_keyed_hex_that_does_not_hold_it() -> None:
    code = new_code()
    assert code_hash(code) == code_hash(Secret(code.reveal())) != code_hash(new_code())
    assert set(code_hash(code)) <= set(string.hexdigits.lower())
    assert len(code_hash(code)) == 64


@pytest.mark.django_db
def test_given_codes_of_before_when_hashed_then_keyed_by_the_vault_key_as_they_were(
    settings: Any,
) -> None:
    code = new_code()
    vault_key = b64decode(settings.CATALYST_VAULT_KEY)
    key = hmac.digest(vault_key, b"franchise.voucher-code", "sha256")
    assert code_hash(code) == hmac.new(key, code.reveal().encode(), "sha256").hexdigest()
