"""Tests 1 and 3 of dns.md §7 and their like: races for names, and which clock counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as current
from django.db import connection, transaction

from catalyst.work.clock import database_now
from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.pools.problems import OverLimit, ReservationExpired
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.integration.catalyst.racing import at_once
from tests.integration.dns.asking import POOL
from tests.integration.dns.calling import (
    elsewhere,
    program,
    run_out,
    waits_for_a_lock,
)
from tests.integration.dns.conftest import Reserve, commit
from tests.integration.internet.running import until


@pytest.mark.django_db(transaction=True)
def test_dns_t1_given_one_name_when_200_reserve_it_from_4_processes_then_one_201_and_199_409(
    label: str, server: PowerDns
) -> None:
    token, _ = program("racer")
    database = str(connection.settings_dict["NAME"])
    with ExitStack() as stack:
        racers = []
        for _ in range(4):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.dns.racer", database, label, "50"],
                cwd=current.BASE_DIR,
                env={**os.environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"{token}\n")
            process.stdin.flush()
            racers.append(process)
        for process in racers:
            assert process.stdout.readline() == "ready\n"
        for process in racers:
            process.stdin.write("go\n")
            process.stdin.flush()
        seen = sum((Counter(json.loads(one.stdout.readline())) for one in racers), Counter())
    assert seen == {"201 reserved": 1, "409 name-taken": 199}
    winner = Allocation.objects.get()
    worker.sync(allocation_id=winner.pk)
    zone = server.zone(winner.fqdn)
    assert zone is not None and zone.account == mark(winner.pk)
    in_parent = [rrset.type for rrset in server.rrsets(POOL, name=winner.fqdn)]
    assert sorted(in_parent) == ["DS", "NS"]


@pytest.mark.django_db(transaction=True)
def test_given_one_account_when_it_reserves_many_names_at_once_then_never_more_than_its_limit(
    reserve: Reserve, label: str
) -> None:
    def one(number: int) -> str:
        made = reserve(
            label=f"{label}-{number}",
            owner=f"deployment:{number}",
            account="user:1",
            idempotency_key=str(number),
            names_limit=3,
        )
        return made.fqdn

    answers = at_once(12, one)
    refused = [answer for answer in answers if isinstance(answer, OverLimit)]
    assert (len(refused), Allocation.objects.count()) == (9, 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("late", [True, False])
def test_dns_t3_given_a_commit_that_waits_when_time_runs_out_meanwhile_then_one_outcome(
    reserve: Reserve, address: str, late: bool
) -> None:
    held = reserve()
    over = database_now() + (timedelta(seconds=0.5) if late else timedelta(minutes=1))
    Allocation.objects.update(expires_at=over)
    with elsewhere() as start, transaction.atomic():
        Allocation.objects.select_for_update().get()
        outcome = start(lambda: commit(held, address))
        until(waits_for_a_lock)
        assert database_now() < over, "the commit came in time"
        if late:
            until(lambda: database_now() > over)
    row = Allocation.objects.get()
    kinds = set(row.events.values_list("kind", flat=True))
    if late:
        assert isinstance(outcome.exception(), ReservationExpired)
        assert (row.state, row.address_v4, row.committed_at) == ("reserved", None, None)
        assert "committed" not in kinds
    else:
        assert outcome.result().state == "active"
        assert (row.state, row.expires_at) == ("active", None) and "committed" in kinds


@pytest.mark.django_db
@pytest.mark.parametrize("skew", [-120, 120])
def test_dns_t3_given_our_clock_is_wrong_when_a_deadline_is_near_then_the_databases_counts(
    reserve: Reserve, label: str, address: str, skew: int
) -> None:
    minute = timedelta(minutes=1)  # less than the skew, and more than this test takes
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=skew)):
        held = reserve(ttl=minute)
        assert abs(datetime.now(UTC) - database_now()) > minute
        assert timedelta(0) < held.expires_at - database_now() <= minute
        assert services.expire() == 0
        assert services.renew(allocation_id=held.allocation_id, token=held.token, ttl=minute)
        assert commit(held, address).state == "active"
        other = reserve(label=f"{label}-2", idempotency_key="2")
        run_out(f"{label}-2")
        with pytest.raises(ReservationExpired):
            commit(other, address)
        assert services.expire() == 1
