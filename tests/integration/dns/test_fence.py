"""A worker that lost its name writes nothing more, wherever it was; and nobody takes it midway."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from catalyst.work.leases import take
from catalyst.work.models import LeaseRow
from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from tests.integration.dns.conftest import commit, removed, sync
from tests.integration.dns.toll import Passage, Toll

pytestmark = pytest.mark.django_db(transaction=True)
WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Rival:
    """Runs the lease out and takes it, in the middle of a worker's request number `at`."""

    def __init__(self, toll: Toll) -> None:
        self._toll = toll
        self.at = 0
        self.seen: list[str] = []
        self.after: list[str] = []
        self.took = False
        toll.rule = self.rule

    def rule(self, passage: Passage) -> None:
        self.seen.append(passage.method)
        if self.took:
            self.after.append(passage.method)
        elif len(self.seen) == self.at:
            self.took = self._take_over()

    def _take_over(self) -> bool:
        """False when the name cannot be had: its worker is writing."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            LeaseRow.objects.filter(subject__startswith="dns:").update(expires_at=Now())
            (row,) = LeaseRow.objects.exclude(holder="").filter(subject__startswith="dns:")
            # The database's clock has to pass what the UPDATE called now.
            return any(take(row.subject, holder="rival") for _ in range(1000))
        except OperationalError:
            return False
        finally:
            connection.close()

    def look(self, held: Reservation, *, at: int) -> None:
        """One look of the worker at the name, interrupted at request number `at` (0: never)."""
        self.at, self.took, self.seen, self.after = at, False, [], []
        worker.sync(allocation_id=held.allocation_id)
        LeaseRow.objects.filter(subject__startswith="dns:").update(holder="")


@pytest.fixture
def rival(own_pool: str, toll: Toll) -> Rival:
    return Rival(toll)


@pytest.fixture
def named(own_pool: str) -> Callable[[str], Reservation]:
    return lambda label: services.reserve(
        pool=own_pool, label=label, owner=label, actor="test", idempotency_key="1"
    )


@pytest.mark.parametrize("stage", ["reserve", "commit"])
def test_given_a_lease_that_passes_at_any_request_then_nothing_is_written_after_it(
    rival: Rival, named: Callable[[str], Reservation], address: str, stage: str
) -> None:
    def prepared(label: str) -> Reservation:
        held = named(label)
        if stage == "commit":
            assert sync(held).settled
            commit(held, address)
        return held

    rival.look(prepared("whole"), at=0)
    methods = list(rival.seen)
    assert "PATCH" in methods
    for number, method in enumerate(methods, start=1):
        held = prepared(f"at{number}")
        before = Allocation.objects.get(pk=held.allocation_id).dns_phase
        rival.look(held, at=number)
        assert rival.took or number > 1, "a read before the first write can lose it"
        assert not (rival.took and method in WRITES), "taken while a write was under way"
        assert not set(rival.after) & set(WRITES), f"wrote after it was taken at {number}"
        if rival.took and not set(methods[: number - 1]) & set(WRITES):
            assert Allocation.objects.get(pk=held.allocation_id).dns_phase == before
        assert sync(held).settled, "whoever comes next finishes it"


def test_given_a_write_that_is_under_way_when_seen_from_outside_then_the_row_says_so_only_after(
    named: Callable[[str], Reservation], toll: Toll, server: PowerDns, address: str
) -> None:
    held = named("one")
    assert sync(held).settled
    commit(held, address)
    phases: list[str] = []

    def rule(passage: Passage) -> None:
        if passage.method == "PATCH":
            passage.forward()
            phases.append(services.status(allocation_id=held.allocation_id).dns_phase)
            connection.close()

    toll.rule = rule
    assert sync(held).dns_phase == "published"
    assert phases == ["delegated"]
    toll.rule = lambda _: None
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    assert removed(held).state == "released"
