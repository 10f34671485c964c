"""Hetzner's codes as tofu hands them on: which pass by themselves, and what they mean."""

from __future__ import annotations

import pytest

from sovereign_wizard.tofu.stream import Diagnostic
from sovereign_wizard.tofu.vendor_codes import all_passing, codes, meaning


def said(summary: str, detail: str = "") -> Diagnostic:
    return Diagnostic("", summary=summary, detail=detail)


@pytest.mark.parametrize(
    ("diagnostic", "code"),
    [
        (said("server is locked (locked, 7d1f0a2b3c4d5e6f)"), "locked"),
        (said("limit reached (resource_limit_exceeded)"), "resource_limit_exceeded"),
        (said("API request failed", "It broke.\n\nError code: conflict\nStatus code: 409\n"),
         "conflict"),
    ],
)  # fmt: skip
def test_given_an_error_of_the_vendor_when_read_then_its_code_is_found(
    diagnostic: Diagnostic, code: str
) -> None:
    assert code in codes([diagnostic])


def test_given_words_in_brackets_when_read_then_they_are_no_code_that_passes() -> None:
    assert not all_passing([said("Something failed (see the documentation, page 7)")])
    assert not all_passing([said("Connection refused")])
    assert not all_passing([])


def test_given_one_error_that_stays_when_others_pass_then_they_do_not_pass_together() -> None:
    locked, protected = said("is locked (locked)"), said("is protected (protected)")
    assert all_passing([locked]) and not all_passing([locked, protected])


def test_given_a_known_code_when_explained_then_in_plain_words_and_once() -> None:
    limit = said("server limit (resource_limit_exceeded)")
    assert "limit" in meaning([limit, limit]) and meaning([limit]) == meaning([limit, limit])
    assert meaning([said("odd (some_new_code)")]) == ""
