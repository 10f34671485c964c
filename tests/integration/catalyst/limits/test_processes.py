"""One count for all processes: four at once never get more than one may."""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from catalyst.limits.actions import LIMITS
from catalyst.limits.services import bucket
from tests.fault.catalyst.processes import process

PROCESSES = 4
LEFT, PER_SECOND = 10, 10
# As fast as it can, first one then the other, each until its time is over; then how many it got.
TAKER = """
import time
from catalyst.limits.services import bucket, hit
say("ready")
key = sys.stdin.readline().strip()
def take(seconds, once):
    got, deadline = 0, time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        got += once(left)
    say(got)
take(0.5, lambda left: hit(action="log-in", key=key).allowed)
take(3.0, lambda left: bucket(name=key).wait_or_until(patience=left) is None)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What each process got; `seconds` is how long the bucket was open to them, at the most."""

    tries: list[int]
    requests: list[int]
    seconds: float


@pytest.fixture(scope="module")
def taken() -> Taken:
    key = uuid.uuid4().hex
    with ExitStack() as stack:
        takers = [stack.enter_context(process(TAKER)) for _ in range(PROCESSES)]
        for taker in takers:
            assert taker.line() == "ready"
        told = {"RateLimit-Limit": str(PER_SECOND * 3600), "RateLimit-Remaining": str(LEFT)}
        bucket(name=key).learn(told)
        began = time.monotonic()
        for taker in takers:
            taker.tell(key)
        tries = [int(taker.line()) for taker in takers]
        requests = [int(taker.line()) for taker in takers]
        return Taken(tries, requests, time.monotonic() - began)


def test_given_four_processes_at_one_bucket_then_together_never_over_the_rate(
    taken: Taken,
) -> None:
    assert 30 <= sum(taken.requests) <= LEFT + PER_SECOND * taken.seconds, taken
    assert all(taken.requests), "each of them gets its turn"


def test_given_four_processes_trying_at_once_then_exactly_the_limit_is_allowed(
    taken: Taken,
) -> None:
    assert sum(taken.tries) == LIMITS["log-in"].amount
