"""Many processes want one name at the same moment."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack

import pytest

from dns.pools import worker
from dns.pools.models import Allocation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.fault.dns.children import child, go, wait_ready

PROCESSES = 5
EACH = 10


@pytest.mark.django_db(transaction=True)
def test_given_one_name_when_50_reserve_it_from_5_processes_then_exactly_one_has_it(
    label: str, server: PowerDns
) -> None:
    with ExitStack() as stack:
        children = [
            stack.enter_context(child("reserve", label, number * EACH, EACH))
            for number in range(PROCESSES)
        ]
        for process in children:
            wait_ready(process)
        for process in children:
            go(process)
        lines = [process.stdout.readline() for process in children if process.stdout]
    answers = [answer for line in lines for answer in json.loads(line)]
    winner = Allocation.objects.get()
    assert Counter(answers) == {"NameTaken": PROCESSES * EACH - 1, str(winner.pk): 1}
    worker.sync_due()
    zone = server.zone(winner.fqdn)
    assert zone is not None and zone.account == mark(winner.pk)
