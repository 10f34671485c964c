"""One budget of tries and waiting for a whole operation."""

from __future__ import annotations

import pytest

from dns.registrars.budget import Budget
from dns.registrars.problems import ApiUnavailable, RateLimited


def test_given_a_time_the_vendor_asked_for_when_spent_then_exactly_that_is_waited() -> None:
    waited: list[float] = []
    budget = Budget(patience=10, sleep=waited.append)

    budget.spend(RateLimited(retry_after=3))

    assert waited == [3.0]


def test_given_a_wait_beyond_patience_when_spent_then_raised_without_waiting() -> None:
    waited: list[float] = []
    budget = Budget(patience=5, sleep=waited.append)
    budget.spend(RateLimited(retry_after=3))

    with pytest.raises(RateLimited):
        budget.spend(RateLimited(retry_after=3))

    assert waited == [3.0]


def test_given_all_tries_when_spent_then_the_problem_is_raised() -> None:
    waited: list[float] = []
    budget = Budget(tries=3, sleep=waited.append)
    budget.spend(ApiUnavailable())
    budget.spend(ApiUnavailable())

    with pytest.raises(ApiUnavailable):
        budget.spend(ApiUnavailable())

    assert 0 < waited[0] < waited[1] < 1
