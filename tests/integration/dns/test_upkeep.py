"""Every few minutes one worker keeps the pools' own zones, and looks at all others."""

from __future__ import annotations

import pytest
from celery.signals import before_task_publish

from catalyst.work.models import LeaseRow
from dns import tasks
from dns.drift.models import DriftReport
from dns.pools.models import Pool
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset
from tests.integration.dns.asking import POOL

pytestmark = pytest.mark.django_db


def test_given_no_pool_row_when_kept_up_then_the_row_is_made_and_a_report_written() -> None:
    tasks.keep_up()
    assert set(Pool.objects.values_list("domain", flat=True)) == {POOL}
    assert DriftReport.objects.count() == 1


def test_given_a_changed_address_of_a_name_server_when_kept_up_then_it_is_right_again(
    pool: Pool, server: PowerDns, settings
) -> None:
    host, address = "ns3.openova.io.", settings.CATALYST.nameserver_addresses[2]
    server.write("openova.io", [RRset(host, "A", ("88.99.1.1",), 300)])
    try:
        tasks.keep_up()
    finally:
        (now,) = server.rrsets("openova.io", name=host)
        server.write("openova.io", [RRset(host, "A", (address,), 300)])
    assert now.contents == (address,)


def test_given_powerdns_away_when_kept_up_then_nothing_is_raised_and_no_report_made(
    settings,
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": "http://127.0.0.1:9"})
    tasks.keep_up()
    assert not DriftReport.objects.exists()


def test_given_many_rounds_when_not_long_ago_then_the_upkeep_is_asked_for_once() -> None:
    sent: list[str] = []

    def note(sender: str, **_: object) -> None:
        sent.append(sender)

    before_task_publish.connect(note)
    try:
        for _ in range(3):
            tasks.now_and_then()
    finally:
        before_task_publish.disconnect(note)
    assert sent == [tasks.keep_up.name]
    (lease,) = LeaseRow.objects.filter(subject="dns:upkeep")
    assert lease.generation == 1
