"""Hetzner's codes in plain words."""

from __future__ import annotations

import pytest

from sovereign_wizard.catalog.vendor_errors import plain

# What a Sovereign's resources can be refused with; the API reference's general codes.
GENERAL = (
    "forbidden", "unauthorized", "invalid_input", "not_found", "rate_limit_exceeded",
    "resource_limit_exceeded", "resource_unavailable", "server_error", "service_error",
    "uniqueness_error", "protected", "maintenance", "conflict", "token_readonly", "timeout",
    "locked", "placement_error",
)  # fmt: skip


@pytest.mark.parametrize("code", GENERAL)
def test_given_a_code_of_the_reference_then_words_of_our_own(code: str) -> None:
    words = plain(code, "the vendor's sentence")

    assert words.code == code
    assert words.title != "Hetzner refused" and words.detail.endswith(".")
    assert code not in words.detail and "vendor's sentence" not in words.detail


def test_given_the_projects_limit_then_what_it_means_and_what_to_do() -> None:
    words = plain("resource_limit_exceeded")

    assert "limits how many servers" in words.detail
    assert "ask for an increase" in words.detail and "retry from this phase" in words.detail
    assert not words.passes


@pytest.mark.parametrize("code", ["locked", "conflict", "rate_limit_exceeded", "maintenance"])
def test_given_a_code_that_passes_by_itself_then_waiting_may_cure_it(code: str) -> None:
    assert plain(code).passes


def test_given_a_code_we_do_not_know_then_code_and_sentence_are_kept() -> None:
    words = plain("robot_on_strike", "no robots today")
    assert "robot_on_strike" in words.detail and "no robots today" in words.detail
    assert plain("").detail == "Hetzner refused what was asked."
