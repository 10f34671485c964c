"""Reservations run out all at once, PowerDNS is slow, and one name can never be removed.

At full size, which takes minutes: `MASS_NAMES=5000 .venv/bin/python -m pytest -s` of this file.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from dns.pools import services, worker
from dns.pools.models import UNSETTLED, Allocation, AllocationState
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from tests.integration.dns.conftest import sync, ttl_passes
from tests.integration.dns.toll import Passage, Toll
from tests.integration.internet.running import until

NAMES = int(os.environ.get("MASS_NAMES", "120"))
BUILT = NAMES // 10  # of them, these are on the name servers
WORKERS = 4  # as the stack has
SECONDS = 120.0 + NAMES / 5
ASKED = 50


def look_until_done(done: threading.Event, errors: list[BaseException]) -> None:
    try:
        while not done.is_set():
            services.expire()
            if not worker.sync_due():
                done.wait(0.05)
    except BaseException as error:
        errors.append(error)
        raise
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_dns_t20_given_a_mass_expiry_a_slow_powerdns_and_a_poisoned_row_then_the_others_finish(
    own_pool: str, server: PowerDns, toll: Toll
) -> None:
    def reserve(label: str) -> Reservation:
        return services.reserve(
            pool=own_pool, label=label, owner=label, actor="test", idempotency_key=label
        )

    names = [reserve(f"mass{number}") for number in range(NAMES)]
    poisoned = names[0]
    for one in names[:BUILT]:
        assert sync(one).settled
    Allocation.objects.update(expires_at=Now() - timedelta(seconds=1))

    gate = threading.Event()

    def rule(passage: Passage) -> None:
        assert gate.wait(SECONDS)
        if f"/zones/{poisoned.fqdn}." in passage.path:
            passage.fail(500)

    toll.rule, toll.most = rule, 0
    done, errors = threading.Event(), []
    workers = [
        threading.Thread(target=look_until_done, args=(done, errors)) for _ in range(WORKERS)
    ]
    for one in workers:
        one.start()
    try:
        until(lambda: toll.most == WORKERS, seconds=SECONDS)
        # PowerDNS says nothing to anybody; what people ask for goes on all the same.
        assert services.check(pool=own_pool, label="another").available
        fresh = reserve("another")
        services.release(allocation_id=fresh.allocation_id, token=fresh.token, actor="test")
        toll.per_second = 2.0
        few = toll.passed.total() + 6
        gate.set()
        until(lambda: toll.passed.total() >= few, seconds=SECONDS)
        toll.per_second = 0
        checks = sorted(asked(own_pool) for _ in range(ASKED))
        until(lambda: still_there() == {poisoned.allocation_id}, seconds=SECONDS)
    finally:
        done.set()
        for one in workers:
            one.join(SECONDS)
    assert not errors
    assert toll.most <= WORKERS
    print(
        f"{NAMES} names, {BUILT} on the name servers: {toll.passed.total()} requests, {toll.most}"
        f" at once; a check meanwhile p50 {statistics.median(checks):.1f} ms,"
        f" p95 {checks[int(ASKED * 0.95)]:.1f} ms"
    )
    row = Allocation.objects.get(pk=poisoned.allocation_id)
    assert row.attempts >= 1 and row.last_error.startswith("powerdns-unavailable: ")
    zones = {zone.name for zone in server.zones() if zone.name.endswith(f".{own_pool}.")}
    assert zones == {f"{poisoned.fqdn}."}
    toll.rule = lambda _: None
    ttl_passes()
    Allocation.objects.filter(pk=row.pk).update(next_attempt_at=Now())
    sync(poisoned)
    ttl_passes()
    assert sync(poisoned).state == "released"


def asked(pool: str) -> float:
    """Milliseconds of a check while the names are on their way out."""
    began = time.perf_counter()
    assert services.check(pool=pool, label="another").fqdn
    return (time.perf_counter() - began) * 1000


def still_there() -> set[object]:
    ttl_passes()
    expired = Allocation.objects.filter(UNSETTLED) | Allocation.objects.exclude(
        state=AllocationState.RELEASED
    )
    return set(expired.values_list("pk", flat=True))
