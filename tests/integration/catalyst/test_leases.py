"""Leases: one holder at a time, by the database's clock, and a stale holder writes nothing."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from catalyst.models import LeaseRow, OutboxItem
from catalyst.work.leases import Heartbeat, Held, LeaseLost, take
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def let_it_expire(subject: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE work_lease SET expires_at = clock_timestamp() - interval '1 millisecond' "
            "WHERE subject = %s",
            [subject],
        )


def held(subject: str = "s", holder: str = "one", **options: float) -> Held:
    lease = take(subject, holder=holder, **options)
    assert lease is not None
    return lease


def write() -> None:
    OutboxItem.objects.create(topic="t", key="k", available_at="2099-01-01T00:00:00Z")


def test_given_a_held_subject_when_another_takes_it_then_none_until_released() -> None:
    first = held()
    assert take("s", holder="two") is None
    assert held("other").generation == 1
    first.release()
    assert held(holder="two").generation == first.generation + 1


def test_given_20_takers_when_at_once_then_exactly_one_holds_it() -> None:
    answers = at_once(20, lambda number: take("s", holder=f"h{number}"))
    winners = [answer for answer in answers if isinstance(answer, Held)]
    assert len(winners) == 1
    assert answers.count(None) == 19


def test_given_a_lease_when_taken_then_the_database_clock_sets_its_end() -> None:
    held(ttl=60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM work_lease")
        assert 50 < cursor.fetchone()[0] <= 60


def test_given_an_expired_lease_when_taken_over_then_the_old_holder_writes_nothing() -> None:
    old = held()
    let_it_expire("s")
    new = held(holder="two")
    assert new.generation == old.generation + 1
    with pytest.raises(LeaseLost), old.fenced():
        write()
    assert not old.renew()
    old.release()
    assert not OutboxItem.objects.exists()
    with new.fenced():
        write()
    assert OutboxItem.objects.count() == 1


def test_given_an_expired_lease_when_nobody_took_it_then_it_cannot_be_renewed() -> None:
    lease = held()
    let_it_expire("s")
    assert not lease.renew()


def test_given_a_released_lease_when_its_old_holder_writes_then_refused() -> None:
    lease = held()
    lease.release()
    with pytest.raises(LeaseLost), lease.fenced():
        write()
    assert not OutboxItem.objects.exists()


def test_given_a_running_write_when_the_lease_expires_then_the_taker_waits_for_its_end() -> None:
    old = held()
    let_it_expire("s")
    order: list[str] = []

    def race(number: int) -> None:
        if number == 0:
            with old.fenced():
                order.append("write begins")
                _until_a_session_waits()
                order.append("write ends")
        else:
            _until(lambda: "write begins" in order)
            assert take("s", holder="two") is not None
            order.append("taken")

    assert at_once(2, race) == [None, None]
    assert order == ["write begins", "write ends", "taken"]


def test_given_a_heartbeat_when_its_ttl_has_passed_many_times_then_still_held() -> None:
    lease = held(ttl=2)
    started = time.monotonic()
    with Heartbeat(lease) as beat:
        _until(lambda: time.monotonic() - started > 5)
        assert take("s", holder="two") is None
        assert not beat.lost.is_set()
        with lease.fenced():
            write()


def test_given_a_heartbeat_when_the_lease_is_taken_away_then_it_says_lost() -> None:
    lease = held(ttl=0.6)
    with Heartbeat(lease) as beat:
        LeaseRow.objects.filter(subject="s").update(generation=lease.generation + 1)
        assert beat.lost.wait(timeout=10)


def test_given_a_child_process_noted_when_the_next_holder_asks_then_it_is_told() -> None:
    held().remember_process({"pid": 17})
    let_it_expire("s")
    assert held(holder="two").process() == {"pid": 17}


def _until_a_session_waits() -> None:
    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks "
                "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            return cursor.fetchone() is not None

    _until(waits)


def _until(holds: object, seconds: float = 20) -> None:
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
