"""Workers that die leave promises to others; workers that live never do one twice."""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from catalyst.models import OutboxItem
from catalyst.work import outbox
from tests.fault.catalyst.processes import process

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
from catalyst.work import outbox
@outbox.handler("test.worker")
def handle(item):
    say(item.key)
    if item.key == "stuck":
        sys.stdin.readline()
say("ready")
sys.stdin.readline()
while outbox.drain(): pass
say("empty")
"""


def promise(*keys: str) -> None:
    with transaction.atomic():
        for key in keys:
            outbox.put(topic="test.worker", key=key)


def test_given_4_workers_when_none_dies_then_each_of_100_promises_is_kept_once() -> None:
    keys = [f"key-{number}" for number in range(100)]
    promise(*keys)
    said: Counter[str] = Counter()
    with ExitStack() as stack:
        workers = [stack.enter_context(process(WORKER)) for _ in range(4)]
        for worker in workers:
            assert worker.line() == "ready"
        for worker in workers:
            worker.tell("go")
        for worker in workers:
            while (line := worker.line()) != "empty":
                said[line] += 1
    assert said == Counter(keys)
    assert not OutboxItem.objects.filter(done_at=None).exists()


def test_given_a_worker_killed_in_a_handler_when_its_minute_is_over_then_another_keeps_all() -> (
    None
):
    promise("stuck", "after")
    with process(WORKER) as first:
        assert first.line() == "ready"
        first.tell("go")
        assert first.line() == "stuck"
        first.signal(signal.SIGKILL)
        first.popen.wait(timeout=30)

    seen: list[str] = []
    outbox.handler("test.worker")(lambda item: seen.append(item.key))
    assert outbox.drain() == 1
    assert seen == ["after"], "what the dead worker had not begun is not held up"
    stuck = OutboxItem.objects.get(key="stuck")
    assert stuck.done_at is None
    assert stuck.available_at <= timezone.now() + timedelta(seconds=60)
    OutboxItem.objects.update(available_at=timezone.now() - timedelta(seconds=1))
    assert outbox.drain() == 1
    assert seen == ["after", "stuck"]
