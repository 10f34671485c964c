"""A holder that dies is replaced; one that was only asleep finds that it can write nothing."""

from __future__ import annotations

import signal
import time

import pytest

from catalyst.models import OutboxItem
from catalyst.work.leases import Held, take
from tests.fault.catalyst.processes import process

pytestmark = pytest.mark.django_db(transaction=True)

HOLDER = """
from catalyst.models import OutboxItem
from catalyst.work.leases import Heartbeat, LeaseLost, take
held = take("s", holder="child", ttl=2.0)
beat = Heartbeat(held).__enter__()
say(held.generation)
for line in sys.stdin:
    try:
        with held.fenced():
            OutboxItem.objects.create(topic="t", key="k", available_at="2099-01-01T00:00:00Z")
        say("written")
    except LeaseLost:
        say("lost")
    say("stopped" if beat.lost.wait(20 if line == "lost?\\n" else 0) else "beating")
"""


def take_in_time(seconds: float = 30) -> Held:
    deadline = time.monotonic() + seconds
    while (held := take("s", holder="parent")) is None:
        assert time.monotonic() < deadline, "the lease never came free"
        time.sleep(0.05)
    return held


def test_given_a_holder_that_renews_when_its_ttl_has_passed_then_nobody_else_gets_it() -> None:
    with process(HOLDER) as child:
        assert child.line() == "1"
        until = time.monotonic() + 5
        while time.monotonic() < until:
            assert take("s", holder="parent") is None
            time.sleep(0.1)
        child.tell("write")
        assert (child.line(), child.line()) == ("written", "beating")


def test_given_a_holder_when_killed_then_the_next_takes_over_within_the_ttl() -> None:
    with process(HOLDER) as child:
        assert child.line() == "1"
        assert take("s", holder="parent") is None
        child.signal(signal.SIGKILL)
        killed = time.monotonic()
        held = take_in_time()
        assert held.generation == 2
        assert time.monotonic() - killed < 10


def test_given_a_holder_that_slept_through_its_lease_when_it_wakes_then_it_writes_nothing() -> None:
    with process(HOLDER) as child:
        assert child.line() == "1"
        child.signal(signal.SIGSTOP)
        held = take_in_time()
        child.tell("lost?")
        child.signal(signal.SIGCONT)
        assert (child.line(), child.line()) == ("lost", "stopped")
        assert not OutboxItem.objects.exists()
        with held.fenced():
            assert held.generation == 2
