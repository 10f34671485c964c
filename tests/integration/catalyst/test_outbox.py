"""The outbox: promises made in a transaction, kept at least once, none blocking another."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from catalyst.models import OutboxItem
from catalyst.work import outbox
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def promise(topic: str, key: str = "k", **options: float) -> None:
    with transaction.atomic():
        outbox.put(topic=topic, key=key, **options)


def make_due() -> None:
    OutboxItem.objects.update(available_at=timezone.now() - timedelta(seconds=1))


def test_given_a_promise_when_its_transaction_fails_then_it_was_never_made() -> None:
    def act() -> None:
        with transaction.atomic():
            outbox.put(topic="test.rolled-back", key="k")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert not OutboxItem.objects.exists()


def test_given_a_promise_when_drained_then_kept_once_and_left_as_evidence() -> None:
    seen: list[tuple[str, dict[str, int]]] = []
    outbox.handler("test.kept")(lambda item: seen.append((item.key, item.payload)))
    with transaction.atomic():
        outbox.put(topic="test.kept", key="one", payload={"a": 1})
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    assert seen == [("one", {"a": 1})]
    assert OutboxItem.objects.get().done_at is not None


def test_given_a_delay_when_drained_then_not_before_its_time() -> None:
    seen: list[str] = []
    outbox.handler("test.later")(lambda item: seen.append(item.key))
    promise("test.later", delay=60)
    assert outbox.drain() == 0
    make_due()
    assert outbox.drain() == 1
    assert seen == ["k"]


def test_given_a_topic_without_a_handler_here_when_drained_then_left_for_others() -> None:
    promise("test.nobody")
    assert outbox.drain() == 0
    assert OutboxItem.objects.get().done_at is None


def test_given_a_poisoned_item_when_drained_then_the_others_are_kept_and_it_backs_off() -> None:
    seen: list[str] = []

    def handle(item: OutboxItem) -> None:
        if item.key == "poison":
            raise ValueError("\0 what the other side said")
        seen.append(item.key)

    outbox.handler("test.poison")(handle)
    for key in ("poison", "a", "b"):
        promise("test.poison", key)
    assert outbox.drain() == 2
    assert seen == ["a", "b"]

    poison, waits = OutboxItem.objects.get(key="poison"), []
    assert "ValueError" in poison.last_error
    for _ in range(12):
        waits.append((poison.available_at - timezone.now()).total_seconds())
        make_due()
        outbox.drain()
        poison.refresh_from_db()
    assert waits[0] <= 1 < waits[6]
    assert max(waits) <= 300
    assert poison.attempts == 13


def test_given_a_handler_that_failed_when_it_works_again_then_the_promise_is_kept() -> None:
    broken = [True]

    def handle(item: OutboxItem) -> None:
        if broken:
            raise ConnectionError

    outbox.handler("test.recovers")(handle)
    promise("test.recovers")
    outbox.drain()
    broken.clear()
    make_due()
    assert outbox.drain() == 1
    item = OutboxItem.objects.get()
    assert (item.done_at is not None, item.last_error) == (True, "")


def test_given_8_workers_when_draining_at_once_then_each_item_is_kept_once() -> None:
    seen: list[str] = []
    outbox.handler("test.many")(lambda item: seen.append(item.key))
    for number in range(40):
        promise("test.many", f"key-{number}")
    assert sum(at_once(8, lambda _: outbox.drain())) == 40
    assert sorted(seen) == sorted(f"key-{number}" for number in range(40))


def test_given_a_broker_that_is_away_when_promising_then_the_request_does_not_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(outbox, "_on_put", [])
    outbox.on_put(refuse)
    promise("test.no-broker")
    assert OutboxItem.objects.exists()


def test_given_many_promises_in_a_transaction_when_committed_then_a_worker_is_woken_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(outbox, "_on_put", [])
    outbox.on_put(lambda: woken.append(OutboxItem.objects.count()))
    with transaction.atomic():
        with suppress(RuntimeError), transaction.atomic():
            outbox.put(topic="test.undone", key="k")
            raise RuntimeError
        for number in range(3):
            outbox.put(topic="test.woken", key=f"key-{number}")
        assert not woken
    assert woken == [3]
    promise("test.woken", "later")
    assert woken == [3, 4]
