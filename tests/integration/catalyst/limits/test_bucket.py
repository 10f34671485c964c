"""The budget at a vendor: taken from before, corrected after, and careful when it is alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalyst.limits.bucket import ALONE_START, PER_HOUR, REFUSED_SECONDS
from catalyst.limits.services import Pause, bucket
from catalyst.limits.store import prefix, redis


def told(left: int, limit: int = PER_HOUR) -> dict[str, str]:
    return {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(left)}


def test_given_a_new_bucket_then_a_whole_hour_is_there_and_not_more(key: str) -> None:
    assert bucket(name=key).wait_or_until(cost=PER_HOUR) is None
    assert bucket(name=key).wait_or_until(cost=5) is not None


def test_given_too_few_when_asked_then_nothing_is_taken_and_the_moment_is_named(key: str) -> None:
    bucket(name=key).learn(told(3))

    pause = bucket(name=key).wait_or_until(cost=13)

    assert pause is not None and 8 < pause.seconds <= 10
    assert abs((pause.until - datetime.now(UTC)).total_seconds() - pause.seconds) < 1.5
    assert bucket(name=key).wait_or_until(cost=3) is None


def test_given_a_pause_then_its_words_are_those_on_the_page() -> None:
    pause = Pause(until=datetime(2026, 1, 31, 14, 2, 11, tzinfo=UTC), seconds=4)
    assert pause.words("Hetzner") == "waiting for Hetzner until 14:02:11 UTC"


def test_given_a_short_pause_when_patient_then_it_is_waited_for(key: str) -> None:
    bucket(name=key).learn(told(0, limit=36_000))
    assert bucket(name=key).wait_or_until(cost=2, patience=2) is None


def test_given_the_vendor_says_more_than_we_took_then_the_count_stays_down(key: str) -> None:
    bucket(name=key).learn(told(1))
    bucket(name=key).learn(told(3000))  # an answer that was under way while others took

    assert bucket(name=key).wait_or_until(cost=10) is not None


def test_given_a_429_then_the_vendor_is_left_alone_for_a_while(key: str) -> None:
    bucket(name=key).learn({}, refused=True)

    pause = bucket(name=key).wait_or_until()

    assert pause is not None and REFUSED_SECONDS - 1 < pause.seconds <= REFUSED_SECONDS + 1


def test_given_a_429_then_what_comes_back_meanwhile_is_there_afterwards(key: str) -> None:
    bucket(name=key).learn({"RateLimit-Limit": "36000", "Retry-After": "1"}, refused=True)

    assert bucket(name=key).wait_or_until(cost=9, patience=3) is None


def test_given_a_429_that_says_when_to_come_back_then_not_before(key: str) -> None:
    bucket(name=key).learn({"Retry-After": "120"}, refused=True)

    pause = bucket(name=key).wait_or_until()

    assert pause is not None and 118 < pause.seconds <= 121


def test_given_a_look_then_nothing_is_taken(key: str) -> None:
    bucket(name=key).learn(told(5))

    assert bucket(name=key).waits_until(cost=5) is None
    assert bucket(name=key).waits_until(cost=5) is None
    assert bucket(name=key).waits_until(cost=50) is not None


def test_given_a_bucket_redis_forgot_then_it_goes_on_and_the_next_answer_corrects(key: str) -> None:
    bucket(name=key).learn(told(0))
    redis().delete(f"{prefix()}:bucket:{key}")

    assert bucket(name=key).wait_or_until() is None
    bucket(name=key).learn(told(0))
    assert bucket(name=key).wait_or_until() is not None


@pytest.mark.usefixtures("redis_away")
def test_given_redis_is_away_then_a_process_goes_on_with_its_small_share(key: str) -> None:
    got = [bucket(name=key).wait_or_until() for _ in range(ALONE_START)]
    more = bucket(name=key).wait_or_until(cost=10)

    assert got == [None] * ALONE_START
    assert more is not None and more.seconds > 70


@pytest.mark.usefixtures("redis_away")
def test_given_redis_is_away_and_a_429_then_this_process_stops(key: str) -> None:
    bucket(name=key).learn({}, refused=True)
    assert bucket(name=key).wait_or_until() is not None
