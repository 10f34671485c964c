"""Tests 4, 5, 6 and 10 of dns.md §7: replays, late callers, callers that hang up."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client

from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from dns.tokens import services as tokens
from tests.integration.dns.asking import POOL
from tests.integration.dns.calling import (
    elsewhere,
    program,
    run_out,
    settled,
    waits_for_a_lock,
)
from tests.integration.dns.toll import Passage, Toll
from tests.integration.internet.running import until


def no_writes(passage: Passage) -> None:
    if passage.method == "PATCH":
        passage.fail()


@pytest.mark.django_db
def test_dns_t4_given_a_commit_powerdns_refused_when_said_again_then_published(
    pool: object, label: str, address: str, toll: Toll, server: PowerDns
) -> None:
    _, call = program("deployer")
    token = call("POST", "reserve", subdomain=label)[1]["reservationToken"]
    row = Allocation.objects.get()
    worker.sync(allocation_id=row.pk)
    held = {"subdomain": label, "reservationToken": token, "loadBalancerIP": address}
    toll.rule = no_writes
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
    toll.rule = lambda _: None
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
