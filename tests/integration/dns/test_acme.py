"""The door for certificates: the acme-dns protocol, one zone, two values, nothing else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from catalyst.limits.actions import LIMITS, Limit
from dns.acme.models import Challenge
from dns.pools import services
from dns.pools.services import AcmeAccount, Reservation
from dns.powerdns.client import PowerDns
from tests.integration.dns.asking import nameserver, reply, resolved
from tests.integration.dns.conftest import sync

pytestmark = pytest.mark.django_db
VALUES = [character * 43 for character in "abc"]


def post(account: AcmeAccount, text: str, **changes: str) -> tuple[int, dict[str, str]]:
    headers = {
        "X-Api-User": changes.get("user", account.username),
        "X-Api-Key": changes.get("key", account.key.reveal()),
    }
    body = {"subdomain": changes.get("subdomain", account.subdomain), "txt": text}
    answer = Client(enforce_csrf_checks=True).post(
        "/acme/update", json.dumps(body), content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def texts(server: PowerDns, fqdn: str) -> set[str]:
    sets = server.rrsets(fqdn, name=f"_acme-challenge.{fqdn}")
    return {text.strip('"') for rrset in sets for text in rrset.contents}


def test_given_its_key_when_a_machine_writes_then_the_world_sees_it_validated(
    published: Reservation,
) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    assert post(account, VALUES[0]) == (200, {"txt": VALUES[0]})
    name = f"_acme-challenge.{published.fqdn}"
    assert resolved(name, "TXT") == ("NOERROR", True, [f'"{VALUES[0]}"'])


def test_given_values_of_an_order_that_is_over_when_written_then_the_newest_two_stand(
    published: Reservation, server: PowerDns
) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    for value in (VALUES[0], VALUES[1]):
        post(account, value)
    Challenge.objects.update(created_at=F("created_at") - timedelta(hours=1))
    for value in (VALUES[0], VALUES[2]):
        post(account, value)
    assert texts(server, published.fqdn) == {VALUES[0], VALUES[2]}


def test_given_many_values_at_once_when_written_then_ten_stand(
    published: Reservation, server: PowerDns
) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    values = [f"{number:043d}" for number in range(12)]
    assert {post(account, value)[0] for value in values} == {200}
    assert texts(server, published.fqdn) == set(values[2:])


def test_given_a_client_in_a_loop_when_over_the_limit_then_429_and_nobody_else_is_hindered(
    published: Reservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    monkeypatch.setitem(LIMITS, "acme-update", Limit(3, 3600, "test"))
    answers = [post(account, VALUES[0], key="x" * 40)[0] for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]
    assert post(account, VALUES[0]) == (429, {"error": "rate_limited"})
    assert post(account, VALUES[0], user=str(uuid.uuid4()))[0] == 401, "another account is heard"


def test_given_a_value_under_a_host_when_asked_then_the_six_records_still_answer(
    published: Reservation, address: str
) -> None:
    post(services.acme_account(allocation_id=published.allocation_id), VALUES[0])
    assert resolved(f"console.{published.fqdn}") == ("NOERROR", True, [address])
    assert resolved(published.fqdn) == ("NOERROR", True, [address])


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "nobody"},
        {"user": str(uuid.uuid4())},
        {"key": "x" * 40},
        {"key": ""},
        {"subdomain": str(uuid.uuid4())},
        {"subdomain": "omani.works"},
    ],
)
def test_given_anything_wrong_about_the_account_when_writing_then_401_and_nothing_written(
    published: Reservation, server: PowerDns, wrong: dict[str, str]
) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    assert post(account, VALUES[0], **wrong) == (401, {"error": "forbidden"})
    assert texts(server, published.fqdn) == set()


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 44, 'a"' * 21 + "a", "a" * 42 + "\n"])
def test_given_no_challenge_value_when_writing_then_400(published: Reservation, text: str) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    assert post(account, text) == (400, {"error": "bad_txt"})


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"txt": "a"}', "\xff"])
def test_given_no_document_when_writing_then_400(db: None, body: str) -> None:
    answer = Client().post("/acme/update", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"error": "malformed_json_payload"})


def test_given_a_key_of_one_zone_when_writing_to_another_then_401(
    published: Reservation, reserve: Callable[..., Reservation], server: PowerDns
) -> None:
    other = reserve(label=f"{published.fqdn.split('.')[0]}x", idempotency_key="2")
    mine = services.acme_account(allocation_id=published.allocation_id)
    theirs = services.acme_account(allocation_id=other.allocation_id)
    assert mine.key != theirs.key
    assert post(mine, VALUES[0], subdomain=theirs.subdomain)[0] == 401
    assert post(mine, VALUES[0], user=theirs.username, subdomain=theirs.subdomain)[0] == 401


def test_given_a_zone_that_is_not_made_when_writing_then_503(reserve) -> None:
    account = services.acme_account(allocation_id=reserve().allocation_id)
    assert post(account, VALUES[0]) == (503, {"error": "not_ready"})


def test_given_a_released_name_when_its_key_is_used_then_401(published: Reservation) -> None:
    account = services.acme_account(allocation_id=published.allocation_id)
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    assert post(account, VALUES[0])[0] == 401
    sync(published)
    assert post(account, VALUES[0])[0] == 401


def test_given_a_value_when_a_resolver_takes_it_then_for_a_second_at_most(
    published: Reservation,
) -> None:
    post(services.acme_account(allocation_id=published.allocation_id), VALUES[0])
    answer = reply(nameserver(), f"_acme-challenge.{published.fqdn}", "TXT")
    assert {rrset.ttl for rrset in answer.answer} == {1}
