"""Tests 1, 3, 4, 5, 6 and 10 of dns.md §7: races, clocks, replays, late and absent callers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import LazySettings
from django.conf import settings as current
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import Client

from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.pools.problems import OverLimit, ReservationExpired
from dns.pools.selectors import database_now
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from dns.tokens import services as tokens
from dns.tokens.models import Scope
from tests.integration.catalyst.racing import at_once
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import Reserve, commit
from tests.integration.dns.flaky import Flaky, flaky

PATIENCE = 20.0
Call = Callable[..., tuple[int, dict[str, Any]]]


def program(name: str) -> tuple[str, Call]:
    """A program's token, and how it calls the API with it."""
    issued = tokens.issue(
        name=name, scopes=list(Scope.values), actor="test", life=timedelta(days=1)
    )
    token = issued.secret.reveal()

    def call(method: str, path: str, wait: int = 0, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = Client().generic(
            method,
            f"/api/v1/pool/{POOL}/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Prefer": f"wait={wait}"},
        )
        return answer.status_code, answer.json()

    return token, call


def run_out(label: str) -> None:
    Allocation.objects.filter(label=label, state="reserved").update(
        expires_at=Now() - timedelta(seconds=1)
    )


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def settled(allocation_id: str) -> bool:
    """Let the worker look once more: are the name servers as the row wants them?"""
    worker.sync(allocation_id=uuid.UUID(allocation_id))
    return services.status(allocation_id=uuid.UUID(allocation_id)).settled


def waits_for_a_lock() -> bool:
    """Does another connection to this database wait for a lock?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees one only
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        (count,) = cursor.fetchone()
    return bool(count)


Start = Callable[[Callable[[], Any]], "Future[Any]"]


@contextmanager
def elsewhere() -> Iterator[Start]:
    """Gives a function that runs an act on a thread and connection of its own."""
    with ThreadPoolExecutor(1) as pool:

        def run(act: Callable[[], Any]) -> Any:
            try:
                return act()
            finally:
                connection.close()

        yield lambda act: pool.submit(run, act)


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
@pytest.mark.parametrize("skew", [-5, 5])
def test_dns_t3_given_our_clock_is_wrong_when_a_deadline_is_near_then_the_databases_counts(
    reserve: Reserve, label: str, address: str, skew: int
) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=skew)):
        held = reserve(ttl=timedelta(seconds=3))
        assert abs(datetime.now(UTC) - database_now()) > timedelta(seconds=4)
        left = held.expires_at - database_now()
        assert timedelta(seconds=2) < left <= timedelta(seconds=3)
        assert services.expire() == 0
        assert services.renew(
            allocation_id=held.allocation_id, token=held.token, ttl=timedelta(seconds=3)
        )
        assert commit(held, address).state == "active"
        other = reserve(label=f"{label}-2", idempotency_key="2")
        run_out(f"{label}-2")
        with pytest.raises(ReservationExpired):
            commit(other, address)
        assert services.expire() == 1


@pytest.fixture
def powerdns(settings: LazySettings) -> Iterator[Flaky]:
    """PowerDNS behind a proxy that can refuse."""
    with flaky(settings.CATALYST.powerdns_url) as state:
        settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": state.url})
        yield state


@pytest.mark.django_db
def test_dns_t4_given_a_commit_powerdns_refused_when_said_again_then_published(
    pool: object, label: str, address: str, powerdns: Flaky, server: PowerDns
) -> None:
    _, call = program("deployer")
    token = call("POST", "reserve", subdomain=label)[1]["reservationToken"]
    row = Allocation.objects.get()
    worker.sync(allocation_id=row.pk)
    held = {"subdomain": label, "reservationToken": token, "loadBalancerIP": address}
    powerdns.refused = {"PATCH"}
    status, answer = call("POST", "commit", **held)
    assert (status, answer["state"], answer["warning"]) == (202, "active", "dns-pending")
    worker.sync(allocation_id=row.pk)
    status, answer = call("POST", "commit", **held)
    assert (status, answer["warning"]) == (202, "dns-failed") and answer["detail"]
    # The same words only: another address or token is somebody else's wish.
    status, answer = call("POST", "commit", **{**held, "loadBalancerIP": "88.99.1.2"})
    assert (status, answer["error"]) == (409, "already-active")
    status, answer = call("POST", "commit", **{**held, "reservationToken": "x" * 43})
    assert (status, answer["error"]) == (403, "token-mismatch")
    powerdns.refused = set()
    call("POST", "commit", **held)
    worker.sync(allocation_id=row.pk)
    status, answer = call("POST", "commit", **held)
    assert (status, answer["dnsPhase"], answer["lastError"]) == (200, "published", "")
    published = {rrset.name for rrset in server.rrsets(row.fqdn) if rrset.type == "A"}
    assert len(published) == 6


@pytest.mark.django_db(transaction=True)
def test_given_a_worker_that_is_at_it_when_committed_then_the_answer_waits_for_it(
    pool: object, label: str, address: str
) -> None:
    _, call = program("deployer")
    token = call("POST", "reserve", subdomain=label)[1]["reservationToken"]
    row = Allocation.objects.get()

    def work() -> None:
        until(lambda: Allocation.objects.filter(state="active").exists())
        worker.sync(allocation_id=row.pk)

    with elsewhere() as start:
        done = start(work)
        status, answer = call(
            "POST", "commit", 20, subdomain=label, reservationToken=token, loadBalancerIP=address
        )
        assert (status, answer["dnsPhase"]) == (200, "published")
        done.result()


@pytest.mark.django_db
def test_dns_t5_given_nobody_or_another_since_when_committed_after_expiry_then_410_or_403(
    pool: object, label: str, address: str
) -> None:
    (_, first), (_, second) = program("first"), program("second")
    old = {"subdomain": label, "loadBalancerIP": address}
    old["reservationToken"] = first("POST", "reserve", subdomain=label)[1]["reservationToken"]
    run_out(label)
    assert first("POST", "commit", **old)[1]["error"] == "reservation-expired"
    assert first("POST", "commit", **old)[0] == 410
    new = second("POST", "reserve", subdomain=label)[1]
    before = Allocation.objects.filter(pk=new["allocationId"]).values().get()
    for act in ("commit", "renew"):
        assert first("POST", act, **old)[1]["error"] == "token-mismatch"
    assert Allocation.objects.filter(pk=new["allocationId"]).values().get() == before
    # Swept and gone for good, with nobody after it: still over.
    services.release(
        allocation_id=new["allocationId"],
        token=tokens.Secret(new["reservationToken"]),
        actor="test",
    )
    worker.sync(allocation_id=new["allocationId"])
    late = {**old, "reservationToken": new["reservationToken"]}
    assert second("POST", "commit", **late)[0] == 410


@pytest.mark.django_db
def test_dns_t6_given_a_name_that_is_anothers_by_now_when_the_old_one_releases_then_rejected(
    pool: object, label: str, server: PowerDns, settings: LazySettings
) -> None:
    # The old zone goes once caches forgot its DS.
    settings.CATALYST = settings.CATALYST.model_copy(update={"ds_ttl": 1})
    (_, first), (_, second) = program("first"), program("second")
    old = first("POST", "reserve", subdomain=label, createdBy="deployment-1")[1]
    worker.sync(allocation_id=old["allocationId"])
    run_out(label)
    new = second("POST", "reserve", subdomain=label)[1]
    until(lambda: settled(new["allocationId"]))
    before = Allocation.objects.filter(pk=new["allocationId"]).values().get()
    keys = server.keys(f"{label}.{POOL}")
    for body in (
        {"reservationToken": old["reservationToken"]},
        {"createdBy": "deployment-1"},
        {},
    ):
        status, answer = first("DELETE", "release", subdomain=label, **body)
        assert (status, answer["error"]) == (403, "token-mismatch")
    assert Allocation.objects.filter(pk=new["allocationId"]).values().get() == before
    zone = server.zone(f"{label}.{POOL}")
    assert zone is not None and zone.account == mark(before["id"])
    assert server.keys(f"{label}.{POOL}") == keys
    assert len(server.rrsets(POOL, name=f"{label}.{POOL}")) == 2


@pytest.mark.django_db
def test_dns_t6_given_an_earlier_deployment_of_the_same_program_when_it_releases_then_rejected(
    pool: object, label: str
) -> None:
    _, call = program("catalyst-api")
    call("POST", "reserve", subdomain=label, createdBy="catalyst-api/deployment-1")
    run_out(label)
    new = call("POST", "reserve", subdomain=label, createdBy="catalyst-api/deployment-2")[1]
    for body in ({"createdBy": "catalyst-api/deployment-1"}, {}):
        assert call("DELETE", "release", subdomain=label, **body)[0] == 403
    assert Allocation.objects.get(pk=new["allocationId"]).state == "reserved"


@pytest.mark.django_db(transaction=True)
def test_dns_t10_given_a_client_that_hangs_up_when_it_asks_again_with_its_key_then_its_token(
    live_server: Any, pool: object, label: str
) -> None:
    token, call = program("hasty")
    body = json.dumps({"subdomain": label}).encode()
    where = urlsplit(live_server.url)
    head = (
        f"POST /api/v1/pool/{POOL}/reserve HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: hasty-0001\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with connection.cursor() as cursor:
        lock = ["dns.account:service:hasty"]
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", lock)
        with socket.create_connection((where.hostname, where.port)) as client:
            client.sendall(head.encode() + body)
            until(waits_for_a_lock)
        assert not Allocation.objects.exists()  # it hung up in the middle of the act
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", lock)
    until(Allocation.objects.exists)
    answers = [
        Client().post(
            f"/api/v1/pool/{POOL}/reserve",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "hasty-0001"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    row = Allocation.objects.get()
    assert answers[0].json()["allocationId"] == str(row.pk)
    held = {"subdomain": label, "reservationToken": answers[0].json()["reservationToken"]}
    assert call("POST", "renew", **held)[0] == 200
