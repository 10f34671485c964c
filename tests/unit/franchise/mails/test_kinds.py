"""Every mail says which words it needs, and takes no others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from catalyst.vault.secret import Secret
from franchise.mails import kinds
from tests.unit.franchise.mails.wording import WHEN, words_of

INVITE = {
    "organization": "Acme",
    "slug": "acme",
    "invited_by": "owner@acme.example",
    "role": "Admin",
    "link": Secret("https://console.example/invitation?token=abc"),
    "ends": WHEN,
}


def test_given_an_unknown_kind_when_checked_then_it_is_refused_at_once() -> None:
    with pytest.raises(kinds.UnknownKind):
        kinds.check("invoise", {})


@pytest.mark.parametrize("left_out", sorted(INVITE))
def test_given_a_missing_word_when_checked_then_it_is_named(left_out: str) -> None:
    words = {name: value for name, value in INVITE.items() if name != left_out}
    with pytest.raises(kinds.WrongWords, match=left_out):
        kinds.check("invite", words)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"ends": date(2026, 12, 3)},
        {"ends": datetime(2026, 12, 3)},  # noqa: DTZ001 - a time without a zone is the point
        {"link": "https://console.example/invitation?token=abc"},
        {"invited_by": None},
    ],
    ids=["strange", "day-for-time", "naive", "secret-in-the-clear", "none"],
)
def test_given_a_word_of_another_type_when_checked_then_it_is_refused(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(kinds.WrongWords):
        kinds.check("invite", {**INVITE, **wrong})


def test_given_a_secret_when_packed_then_it_is_not_among_what_the_row_keeps() -> None:
    kept, secrets = kinds.packed(kinds.check("invite", INVITE))
    assert set(secrets) == {"link"}
    assert "abc" not in repr(kept) and "link" not in kept
    assert kept["ends"] == WHEN.isoformat()


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_given_any_kind_when_packed_and_unpacked_then_the_words_are_the_same(kind: str) -> None:
    words = kinds.check(kind, words_of(kind))
    kept, secrets = kinds.packed(words)
    assert kinds.unpacked(kind, kept, secrets) == words
