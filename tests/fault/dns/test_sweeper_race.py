"""A reservation runs out while somebody else wants the name: the new holder's DNS survives."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.pools.problems import NameTaken
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.integration.dns.asking import POOL, nameserver, reply
from tests.integration.dns.conftest import commit, removed, sync, ttl_passes
from tests.integration.dns.toll import Passage, toll_house

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20.0


def runs_out(held: Reservation) -> None:
    past = Now() - timedelta(seconds=1)
    Allocation.objects.filter(pk=held.allocation_id).update(expires_at=past)


def is_whole(new: Reservation, server: PowerDns, address: str) -> None:
    zone = server.zone(new.fqdn)
    assert zone is not None and zone.account == mark(new.allocation_id)
    (key,) = server.keys(new.fqdn)
    in_parent = {one.type: one.contents for one in server.rrsets(POOL, name=new.fqdn)}
    assert in_parent["DS"] == key.sha256_ds and in_parent["NS"]
    assert reply(nameserver(), f"api.{new.fqdn}", "A").answer[0][0].address == address


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_dns_t2_given_a_sweeper_that_pauses_before_it_removes_then_nobody_gets_the_name_before(
    reserve, server: PowerDns, address: str, settings, method: str
) -> None:
    old = reserve()
    sync(old)
    runs_out(old)
    assert services.expire() == 1
    if method == "DELETE":
        sync(old)
        ttl_passes()
    arrived, go_on = threading.Event(), threading.Event()

    def pause(passage: Passage) -> None:
        if passage.method == method:
            arrived.set()
            assert go_on.wait(SECONDS)

    def sweep() -> None:
        worker.sync(allocation_id=old.allocation_id)
        connection.close()

    real = settings.CATALYST
    with toll_house() as (toll, url):
        toll.rule = pause
        settings.CATALYST = real.model_copy(update={"powerdns_url": url})
        sweeper = threading.Thread(target=sweep)
        sweeper.start()
        assert arrived.wait(SECONDS)
        settings.CATALYST = real
        with pytest.raises(NameTaken):
            reserve(owner="deployment:2", idempotency_key="2")
        go_on.set()
        sweeper.join(SECONDS)
    removed(old)
    new = reserve(owner="deployment:2", idempotency_key="2")
    commit(new, address)
    assert sync(new).settled
    worker.sync(allocation_id=old.allocation_id)
    is_whole(new, server, address)


def test_dns_t2_given_a_sweeper_that_lists_an_expired_name_when_it_is_taken_over_then_it_survives(
    reserve, server: PowerDns, address: str
) -> None:
    old = reserve()
    sync(old)
    runs_out(old)
    listed = list(Allocation.objects.filter(expires_at__lte=Now()).values_list("pk", flat=True))
    new = reserve(owner="deployment:2", idempotency_key="2")
    commit(new, address)
    assert removed(new).settled, "the stale zone's DS is out for its TTL first"
    assert services.expire() == 0
    for pk in listed:
        worker.sync(allocation_id=pk)
    is_whole(new, server, address)
