"""What is asked of the world about a domain, where no server is needed."""

from __future__ import annotations

from dns.delegation.ask import ask


def test_given_a_name_that_is_too_long_when_asked_for_then_there_is_no_answer() -> None:
    answer = ask("127.0.0.1", f"{'a' * 64}.acme.com", "A")
    assert (answer.rcode, answer.failure) == ("", "LabelTooLong")
