"""Whom we ask when somebody else says where their name servers are."""

from __future__ import annotations

from typing import Any

import pytest

from dns.byo.observe import is_public
from dns.delegation.ask import ask


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("9.9.9.9", True),
        ("2620:fe::9", True),
        ("203.0.113.9", True),  # the laptop's range, below
        ("127.0.0.1", False),
        ("10.0.0.10", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("fd00::1", False),
        ("224.0.0.251", False),
    ],
)
def test_given_an_address_then_only_the_internets_are_asked(
    settings: Any, address: str, asked: bool
) -> None:
    ranges = {"balancer_ranges": ("203.0.113.0/24",)}
    settings.CATALYST = settings.CATALYST.model_copy(update=ranges)
    assert is_public(address) is asked


def test_given_a_name_that_is_too_long_when_asked_for_then_there_is_no_answer() -> None:
    answer = ask("127.0.0.1", f"{'a' * 64}.acme.com", "A")
    assert (answer.rcode, answer.failure) == ("", "LabelTooLong")
