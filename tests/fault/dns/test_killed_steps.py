"""SIGKILL at every request a worker makes: before it arrives, and after it was done unheard."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.db.models.functions import Now

from catalyst.work.models import LeaseRow
from dns.drift import services as drift
from dns.pools import services, worker
from dns.pools.models import UNSETTLED, Allocation
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.fault.dns.children import child, go, wait_ready
from tests.integration.dns.conftest import commit, removed, ttl_passes
from tests.integration.dns.toll import Lost, Passage, Toll, toll_house

SECONDS = 20.0
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Killer:
    """Workers that end in the middle of their request number `at`, by SIGKILL."""

    toll: Toll
    process: subprocess.Popen[str]
    at: int = 0
    done_first: bool = False
    seen: list[str] = field(default_factory=list)
    stopped: queue.Queue[bool] = field(default_factory=queue.Queue)

    def rule(self, passage: Passage) -> None:
        self.seen.append(passage.method)
        if len(self.seen) == self.at:
            if self.done_first:
                passage.forward()
            self.stopped.put(True)
            raise Lost

    def sync(self, held: Reservation, *, at: int = 0, done_first: bool = False) -> list[str]:
        """One look at the name by a process of its own; returns the methods it asked with."""
        self.at, self.done_first, self.seen = at, done_first, []
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{held.allocation_id}\n")
        self.process.stdin.flush()
        worker_id = int(self.process.stdout.readline())
        if at:
            self.stopped.get(timeout=SECONDS)
            os.kill(worker_id, signal.SIGKILL)
        assert self.process.stdout.readline().strip() == "ended"
        # Its lease has run out by the time that another worker comes.
        LeaseRow.objects.update(expires_at=Now())
        return self.seen


@pytest.fixture
def killer(own_pool: str) -> Iterator[Killer]:
    with toll_house() as (toll, url), child("each", url) as process:
        wait_ready(process)
        go(process)
        killer = Killer(toll, process)
        toll.rule = killer.rule
        yield killer


def settle() -> None:
    """New workers come after each other until there is nothing left to do."""
    for _ in range(5):
        ttl_passes()
        Allocation.objects.filter(UNSETTLED).update(next_attempt_at=Now())
        worker.sync_due()
    left = Allocation.objects.filter(UNSETTLED).values("label", "dns_phase", "last_error")
    assert not left, list(left)


def every_kill(methods: list[str]) -> Iterator[tuple[int, bool]]:
    """(request number, was it done): a read that was done is a kill before the next request."""
    for number, method in enumerate(methods, start=1):
        yield number, False
        if method in WRITES:
            yield number, True


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_dns_t7_given_a_kill_at_every_step_then_every_name_arrives_and_leaves_whole(
    killer: Killer, own_pool: str, server: PowerDns, address: str
) -> None:
    def reserve(label: str) -> Reservation:
        return services.reserve(
            pool=own_pool, label=label, owner="deployment:1", actor="test", idempotency_key=label
        )

    def release(held: Reservation) -> None:
        services.release(allocation_id=held.allocation_id, token=held.token, actor="test")

    first = reserve("whole")
    reserving = killer.sync(first)
    commit(first, address)
    committing = killer.sync(first)
    release(first)
    releasing = killer.sync(first)
    ttl_passes()
    ending = killer.sync(first)
    assert services.status(allocation_id=first.allocation_id).state == "released"
    assert all(set(methods) & set(WRITES) for methods in (reserving, committing, releasing, ending))

    names: list[Reservation] = []

    def killed(stage: str, methods: list[str], prepare: Callable[[Reservation], None]) -> None:
        for number, done in every_kill(methods):
            held = reserve(f"{stage}{number}{'d' if done else 'n'}")
            prepare(held)
            killer.sync(held, at=number, done_first=done)
            names.append(held)

    killed("reserve", reserving, lambda _: None)
    settle()
    for held in names:
        commit(held, address)

    def reserved(held: Reservation) -> None:
        worker.sync(allocation_id=held.allocation_id)
        commit(held, address)

    killed("commit", committing, reserved)
    settle()
    for held in names:
        zone = server.zone(held.fqdn)
        assert zone is not None and zone.account == mark(held.allocation_id)
        assert server.owner(held.fqdn) == str(held.allocation_id)
        (key,) = server.keys(held.fqdn)
        in_parent = {one.type: one.contents for one in server.rrsets(own_pool, name=held.fqdn)}
        assert in_parent["DS"] == key.sha256_ds
        assert len(server.rrsets(held.fqdn)) == 8
    assert drift.report(repair=False).findings == []

    def in_use(held: Reservation) -> None:
        reserved(held)
        worker.sync(allocation_id=held.allocation_id)
        release(held)

    def half_gone(held: Reservation) -> None:
        in_use(held)
        worker.sync(allocation_id=held.allocation_id)
        ttl_passes()

    before = len(names)
    killed("release", releasing, in_use)
    killed("end", ending, half_gone)
    settle()
    for held in names[before:]:
        assert services.status(allocation_id=held.allocation_id).state == "released"
    for held in names[:before]:
        release(held)
        assert removed(held).state == "released"
    apex = {f"{own_pool}."}
    assert {zone.name for zone in server.zones() if zone.name.endswith(f"{own_pool}.")} == apex
    assert {one.name for one in server.rrsets(own_pool)} == apex
