"""Check 19 (peers.md §5.2), clock skew: a process whose clock is an hour off does no harm, because
the database's clock decides every deadline that processes share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from catalyst.eventlog.compaction import compact_due
from catalyst.eventlog.models import Stream
from catalyst.eventlog.services import Line, append, finish
from catalyst.identity.models import Role
from catalyst.models import OutboxItem, WorkerBeat
from catalyst.web.health import _worker
from catalyst.work import beat, outbox
from catalyst.work.clock import ClockIsOff, database_now, must_agree
from catalyst.work.leases import Heartbeat, take
from sovereign_wizard.provisioning import machine, reaper
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.provisioning.watch import Watch
from tests.security.things import deployment_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TOPIC = "test.clock"
# Rooms whose rows say when a worker is to do what; and the lines there that may ask the process.
ROOMS = (
    *("catalyst/work", "catalyst/limits", "dns/acme", "dns/byo", "dns/pools", "dns/tokens"),
    *("sovereign_wizard/provisioning", "sovereign_wizard/cluster", "sovereign_wizard/naming"),
)
PROCESS_CLOCK = re.compile(r"timezone\.now\(|datetime\.now\(|time\.time\(|\.utcnow\(|date\.today\(")
ONLY_SHOWN = {
    "catalyst/limits/bucket.py": "in the words of a pause; Redis' clock decided",
    "catalyst/limits/services.py": "how long until one more try, for a header; Redis decided",
    "catalyst/work/clock.py": "what is compared with the database's",
    "dns/byo/observe.py": "when something was seen, shown in the panel",
    "dns/byo/preflight.py": "a warning that a registration ends within weeks",
    "dns/byo/shown.py": "how long until the next look, for people",
    "sovereign_wizard/cluster/services.py": "when a cluster was last seen, for people",
    "sovereign_wizard/provisioning/cluster_access.py": "when a machine called back, for people",
    "sovereign_wizard/provisioning/lifecycle.py": "when a plan was approved, for people",
    "sovereign_wizard/provisioning/phases/planning.py": "that a plan was begun; its time is unused",
    "sovereign_wizard/provisioning/runs.py": "when a run ended, for people",
}


@pytest.fixture(params=[-1, 1], ids=["behind", "ahead"])
def skew(request: pytest.FixtureRequest) -> Iterator[timedelta]:
    """This process's clock is an hour off; the database's is not."""
    off = request.param * HOUR
    with time_machine.travel(datetime.now(UTC) + off):
        assert abs(datetime.now(UTC) - database_now() - off) < MINUTE
        yield off


@pytest.fixture
def kept() -> Iterator[list[str]]:
    """Keys of the items that a worker handled."""
    done: list[str] = []
    outbox.handler(TOPIC)(lambda item: done.append(item.key))
    yield done
    del outbox._handlers[TOPIC]


def test_19_given_a_skewed_process_when_it_promises_a_call_then_due_when_the_database_says(
    skew: timedelta, kept: list[str]
) -> None:
    outbox.put(topic=TOPIC, key="now")
    outbox.put(topic=TOPIC, key="later", delay=600)
    outbox.drain()
    assert kept == ["now"]
    due = OutboxItem.objects.get(key="later").available_at - database_now()
    assert timedelta(seconds=540) < due <= timedelta(seconds=600)


def test_19_given_a_skewed_worker_when_an_item_fails_then_tried_again_soon(
    skew: timedelta,
) -> None:
    def fails(item: OutboxItem) -> None:
        raise RuntimeError

    outbox.handler(TOPIC)(fails)
    try:
        outbox.put(topic=TOPIC, key="fails")
        outbox.drain(limit=1)
    finally:
        del outbox._handlers[TOPIC]
    item = OutboxItem.objects.get(key="fails")
    assert item.attempts == 1
    assert abs(item.available_at - database_now()) < MINUTE


def test_19_given_a_skewed_worker_when_it_wants_anothers_lease_then_not_before_its_end(
    skew: timedelta,
) -> None:
    held = take("test:clock", holder="one", ttl=60)
    assert held is not None
    assert take("test:clock", holder="two", ttl=60) is None
    assert held.renew()


def test_19_given_a_skewed_process_when_a_deployment_is_made_and_moves_then_it_is_due_now(
    skew: timedelta, person
) -> None:
    made = deployment_of(person("a@example.com", Role.MEMBER))
    made.refresh_from_db()
    assert abs(made.look_at - database_now()) < MINUTE
    assert abs(made.state_since - database_now()) < MINUTE
    assert reaper.look() == 1, "nobody would have taken it"
    machine.transition(made, State.RUNNING)
    assert abs(Deployment.objects.get().state_since - database_now()) < MINUTE


def test_19_given_a_skewed_worker_when_another_began_a_phase_then_its_budget_is_not_used_up(
    skew: timedelta, person
) -> None:
    made = deployment_of(person("a@example.com", Role.MEMBER))
    phase = made.runs.get().phases.get(phase="preflight")
    phase.started_at = database_now() - 2 * MINUTE
    held = take(made.subject, holder="test", ttl=60)
    assert held is not None
    watch = Watch(Heartbeat(held), phase, budget=600)
    assert 119 < watch.spent < 180 and not watch.should_stop()
    assert Watch(Heartbeat(held), phase, budget=60).should_stop()


def test_19_given_a_skewed_worker_when_a_log_just_ended_then_not_packed_yet(
    skew: timedelta,
) -> None:
    append("test:clock", [Line("one")])
    finish("test:clock")
    assert compact_due() == 0
    compact_at = Stream.objects.get(subject="test:clock").compact_at
    assert compact_at is not None and compact_at > database_now()


def test_19_given_a_skewed_worker_when_it_gives_a_sign_of_life_then_it_is_seen_as_alive(
    skew: timedelta,
) -> None:
    beat.sign_of_life()
    assert abs(WorkerBeat.objects.get().seen_at - database_now()) < MINUTE
    assert 0 <= _worker() < 60


def test_19_given_a_skewed_worker_when_it_is_to_start_then_it_says_so_and_does_not(
    skew: timedelta,
) -> None:
    """Celery compares a task's expiry with the taker's own clock: it would drop them in silence."""
    with pytest.raises(ClockIsOff):
        must_agree()
    with pytest.raises(SystemExit, match="3600 s off"):
        beat._only_in_time()


def test_19_given_clocks_that_agree_when_a_worker_starts_then_it_does() -> None:
    must_agree()
    beat._only_in_time()


def test_19_given_the_rooms_of_workers_when_read_then_no_deadline_asks_the_process() -> None:
    """For what the tests above do not reach: a new line has to say here why it may."""
    root = Path(settings.BASE_DIR)
    found = {
        str(path.relative_to(root))
        for room in ROOMS
        for path in (root / room).rglob("*.py")
        if PROCESS_CLOCK.search(path.read_text())
    }
    assert found == set(ONLY_SHOWN)
