"""Codes chosen by hand: one canonical form for whatever way they are written (proof 9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from franchise.vouchers.codes import ALPHABET, LENGTH, chosen, grouped, last4, normalise
from franchise.vouchers.guessing import is_guessable

LAUNCH = "OMANTEL-LAUNCH-100"
written = st.from_regex(r"[A-Z0-9]{2,6}(-[A-Z0-9]{1,6}){2,4}", fullmatch=True)


def read(text: str) -> str | None:
    code = normalise(Secret(text))
    return code.reveal() if code else None


@pytest.mark.parametrize(
    "typed",
    [
        " omantel-launch-1OO ",
        "OMANTELLAUNCH100",
        "omantel launch 100",
        "ＯＭＡＮＴＥＬ－ＬＡＵＮＣＨ－１００",
        "OMANTEL\u200b-LAUNCH\u200d-100",
        "omantel–launch—100",
        "OMANTEL-LAUNCH-١٠٠",
        "0MANTEI-LAUNCH-l00",
        "omantel-launch-100\r\n",
    ],
)
def test_w08_proof_09_given_a_chosen_code_when_typed_so_then_it_is_the_same_one(
    typed: str,
) -> None:
    assert read(typed) == read(LAUNCH) is not None


def test_proof_09_given_turkish_letters_when_typed_then_the_same_code() -> None:
    assert read("MİNİ-FIRAT-7") == read("MINI-FIRAT-7") == read("mını-fırat-7") is not None


@pytest.mark.parametrize(
    "text",
    ["%2F%2F%2F%2F%2F%2F", "OMANTEL/LAUNCH", "🎁🎁🎁🎁🎁🎁🎁🎁", "شركة عمان تل", "\ud800" * 9, ""],
)
def test_proof_09_given_what_is_no_code_when_read_then_nothing_and_no_error(text: str) -> None:
    assert read(text) is None
    with pytest.raises(Invalid) as caught:
        chosen(Secret(text))
    assert caught.value.extra["field"] == "code"


@given(written)
def test_given_a_chosen_code_when_printed_and_read_then_itself(text: str) -> None:
    try:
        code = chosen(Secret(f" {text.lower()} "))
    except Invalid:
        kept = text.replace("-", "")
        assert len(kept) in {*range(8), LENGTH}
        return
    assert code.reveal() == text == grouped(code)
    assert last4(code) == text.replace("-", "")[-4:]
    assert read(grouped(code)) == read(text) is not None


@given(st.text(alphabet=ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_given_the_shape_of_made_codes_when_chosen_then_refused(text: str) -> None:
    with pytest.raises(Invalid):
        chosen(Secret(text))


@pytest.mark.parametrize(
    "text", [LAUNCH, "WELCOME-2026", "RAMADAN2027", "AAAAAAAA-1", "SUMMER-SALE-50"]
)
def test_w09_given_words_and_round_numbers_when_judged_then_guessable(text: str) -> None:
    assert is_guessable(text)


@pytest.mark.parametrize("text", ["LAUNCH-7K2M9QXTB", "K7Q2M9XTB4H", "FAIR-93847561-QX7Z9"])
def test_given_random_letters_when_judged_then_not_guessable(text: str) -> None:
    assert not is_guessable(text)
