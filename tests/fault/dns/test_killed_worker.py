"""Workers are killed at random moments: what they left is finished, and nothing is orphaned."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from dns.pools import services, worker
from dns.pools.models import UNSETTLED, Allocation, AllocationEvent
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from dns.powerdns.zone import no_delegation
from tests.fault.dns.children import child, go, wait_ready
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import commit

NAMES = 6
WORKERS = 3
STEP = 0.05  # seconds, about the time of one
DEADLINE = 30.0


@pytest.fixture
def names(
    label: str, server: PowerDns, reserve: Callable[..., Reservation]
) -> Iterator[Callable[[], list[Reservation]]]:
    """Reserve NAMES names at once."""
    labels = [f"{label}-{number}" for number in range(NAMES)]
    yield lambda: [reserve(label=one, idempotency_key=one) for one in labels]
    for one in labels:
        server.write(POOL, no_delegation(f"{one}.{POOL}"))
        server.delete_zone(f"{one}.{POOL}")


def killed_in_the_middle(moments: random.Random, *, steps: int) -> None:
    """Let WORKERS processes do some of `steps` steps, then SIGKILL them whatever they are at."""
    done = AllocationEvent.objects.filter(actor=worker.ACTOR)
    enough = done.count() + moments.randrange(steps)
    with ExitStack() as stack:
        workers = [stack.enter_context(child("work")) for _ in range(WORKERS)]
        for process in workers:
            wait_ready(process)
        for process in workers:
            go(process)
        deadline = time.monotonic() + DEADLINE
        while done.count() < enough:
            assert time.monotonic() < deadline, f"{done.count()} of {enough} steps"
            time.sleep(0.002)
        # Anywhere between two steps, so the moment itself is left to chance.
        time.sleep(moments.uniform(0, STEP))
        for process in workers:
            process.kill()


def settle() -> None:
    """A new worker does what is left; the leases of the dead one have to run out first."""
    deadline = time.monotonic() + DEADLINE
    while Allocation.objects.filter(UNSETTLED).exists():
        assert time.monotonic() < deadline, list(
            Allocation.objects.filter(UNSETTLED).values("label", "dns_phase", "last_error")
        )
        worker.sync_due()
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1])
def test_given_names_on_their_way_when_the_workers_are_killed_then_they_arrive_and_leave_whole(
    seed: int,
    names: Callable[[], list[Reservation]],
    address: str,
    server: PowerDns,
) -> None:
    moments = random.Random(seed)
    held = names()
    killed_in_the_middle(moments, steps=3 * NAMES)
    for one in held:
        commit(one, address)
    killed_in_the_middle(moments, steps=NAMES)
    settle()
    for one in held:
        zone = server.zone(one.fqdn)
        assert zone is not None and zone.account == mark(one.allocation_id)
        (key,) = server.keys(one.fqdn)
        in_parent = {rrset.type: rrset.contents for rrset in server.rrsets(POOL, name=one.fqdn)}
        assert in_parent["DS"] == key.sha256_ds
        assert len(server.rrsets(one.fqdn)) == 8
        services.release(allocation_id=one.allocation_id, token=one.token, actor="test")
    killed_in_the_middle(moments, steps=NAMES)
    settle()
    for one in held:
        assert services.status(allocation_id=one.allocation_id).state == "released"
        assert server.zone(one.fqdn) is None
        assert server.rrsets(POOL, name=one.fqdn) == ()
