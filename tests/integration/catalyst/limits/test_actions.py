"""Named limits: counted per key, told what is left, and no obstacle when Redis is away."""

from __future__ import annotations

import pytest

from catalyst.limits.actions import LIMITS
from catalyst.limits.gate import NotCounted, TooMany, too_many
from catalyst.limits.services import forgive, hit

LIMIT = LIMITS["log-in"]


def test_given_as_many_tries_as_allowed_when_one_more_then_refused_and_told_for_how_long(
    key: str,
) -> None:
    tries = [hit(action="log-in", key=key) for _ in range(LIMIT.amount + 1)]

    assert [one.allowed for one in tries] == [True] * LIMIT.amount + [False]
    assert [one.remaining for one in tries] == [*reversed(range(LIMIT.amount)), 0]
    assert tries[-1].limit == LIMIT.amount
    assert 0 < tries[-1].reset_seconds <= LIMIT.seconds


def test_given_one_key_used_up_then_others_and_other_actions_are_free(key: str) -> None:
    for _ in range(LIMIT.amount + 1):
        hit(action="log-in", key=key)

    assert hit(action="log-in", key=f"{key} other").allowed
    assert hit(action="call-back", key=key).allowed


def test_given_a_used_up_key_when_forgiven_then_it_starts_anew(key: str) -> None:
    for _ in range(LIMIT.amount + 1):
        hit(action="log-in", key=key)

    forgive(action="log-in", key=key)

    assert hit(action="log-in", key=key).remaining == LIMIT.amount - 1


def test_given_an_action_nobody_named_then_it_is_a_mistake(key: str) -> None:
    with pytest.raises(KeyError):
        hit(action="no-such-thing", key=key)


@pytest.mark.usefixtures("redis_away")
def test_given_redis_is_away_then_allowed_more_often_than_the_limit(key: str) -> None:
    assert all(hit(action="log-in", key=key).allowed for _ in range(LIMIT.amount + 5))
    forgive(action="log-in", key=key)


@pytest.mark.usefixtures("redis_away")
def test_given_redis_is_away_and_a_strict_limit_then_refused_and_said_so_truthfully(
    key: str,
) -> None:
    verdict = hit(action="preview", key=key)

    assert not verdict.allowed
    assert isinstance(too_many(verdict), NotCounted)
    assert verdict.headers() == {"Retry-After": str(verdict.reset_seconds)}


def test_given_a_strict_limit_that_was_counted_when_used_up_then_too_many(key: str) -> None:
    verdicts = [hit(action="preview", key=key) for _ in range(LIMITS["preview"].amount + 1)]

    assert [one.allowed for one in verdicts[-2:]] == [True, False]
    assert isinstance(too_many(verdicts[-1]), TooMany)
