"""`/api/v1/pool`: paths, fields and status codes of the compatible API; who may do what."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from catalyst.models import AuditEvent, OutboxItem
from dns.pools.models import Allocation
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import Reserve

pytestmark = pytest.mark.django_db


def call(client: Client, method: str, act: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """No worker sees the rows of a test's transaction: nobody waits for one."""
    return ask(client, method, f"pool/{POOL}/{act}", **body)


def ask(client: Client, method: str, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = client.generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body) if body else "",
        content_type="application/json",
        headers={"Prefer": "respond-async"},
    )
    return answer.status_code, answer.json()


def test_given_an_operator_when_the_whole_way_is_gone_then_the_documented_answers(
    operator: Client, label: str, address: str
) -> None:
    status, made = call(operator, "POST", "reserve", subdomain=label.upper(), createdBy="wizard/1")
    assert (status, made["state"], made["sovereignFQDN"]) == (201, "reserved", f"{label}.{POOL}")
    assert (made["poolDomain"], made["subdomain"], made["createdBy"]) == (POOL, label, "wizard/1")
    held = {"subdomain": label, "reservationToken": made["reservationToken"]}
    assert call(operator, "POST", "renew", **held)[0] == 200
    status, active = call(operator, "POST", "commit", **held, loadBalancerIP=address)
    assert (status, active["state"], active["loadBalancerIP"]) == (202, "active", address)
    assert active["warning"] == "dns-pending" and active["detail"]
    assert "reservationToken" not in active
    assert call(operator, "POST", "commit", **held, loadBalancerIP=address)[0] == 202
    status, listed = call(operator, "GET", "list")
    assert status == 200 and made["reservationToken"] not in str(listed)
    assert [row["subdomain"] for row in listed["allocations"]] == [label]
    status, freed = call(operator, "DELETE", "release", **held)
    assert (status, freed["freed"]["state"]) == (202, "releasing")
    status, history = call(operator, "GET", f"events?sub={label}")
    assert [event["kind"] for event in history["events"]] == ["releasing", "committed", "reserved"]


def test_given_the_paths_of_the_plan_when_used_then_the_same_answers(
    operator: Client, label: str, address: str
) -> None:
    name = {"poolDomain": POOL, "subdomain": label}
    for mount in ("api/v1/", "v1/"):
        answer = operator.post(f"/{mount}validate", name, content_type="application/json")
        assert answer.status_code == 200 and answer.json()["available"] is True
    status, made = ask(operator, "POST", "reserve", **name)
    assert status == 201
    assert ask(operator, "POST", "validate", **name)[1]["reason"] == "reserved-state"
    token = made["reservationToken"]
    status, active = ask(
        operator, "POST", "commit", **name, reservationToken=token, loadBalancerIP=address
    )
    assert (status, active["state"]) == (202, "active")
    assert ask(operator, "GET", "pool/healthz")[1] == {
        "status": "ok",
        "managedDomains": [POOL],
        "registrars": ["cloudflare", "dynadot", "godaddy", "namecheap", "ovh"],
    }


def test_given_bad_requests_when_sent_then_typed_problems_that_earlier_clients_read_too(
    operator: Client, label: str, address: str
) -> None:
    def kind(method: str, act: str, **body: Any) -> tuple[int, str, str]:
        status, problem = call(operator, method, act, **body)
        assert problem["detail"] and problem["instance"]
        return status, problem["type"], problem["error"]

    assert kind("POST", "reserve", subdomain="-") == (422, "invalid-format", "invalid-format")
    assert kind("POST", "reserve", subdomain="API") == (422, "reserved", "reserved")
    assert kind("POST", "reserve") == (422, "invalid", "invalid-body")
    elsewhere = ask(operator, "POST", "pool/example.com/reserve", subdomain=label)
    assert (elsewhere[0], elsewhere[1]["error"]) == (422, "unsupported-pool")
    made = call(operator, "POST", "reserve", subdomain=label)[1]
    status, taken = call(operator, "POST", "reserve", subdomain=label)
    assert (status, taken["type"], taken["error"]) == (409, "name-taken", "conflict")
    assert taken["suggestions"] and taken["field"] == "subdomain"
    wrong = {"subdomain": label, "reservationToken": "x", "loadBalancerIP": address}
    assert kind("POST", "commit", **wrong) == (403, "token-mismatch", "token-mismatch")
    right = {**wrong, "reservationToken": made["reservationToken"]}
    bad = call(operator, "POST", "commit", **{**right, "loadBalancerIP": "10.0.0.1"})[1]
    assert (bad["type"], bad["field"]) == ("invalid-address", "loadBalancerIP")
    empty = kind("POST", "commit", **{**right, "loadBalancerIP": ""})
    assert empty == (422, "missing-lb-ip", "missing-lb-ip")
    assert call(operator, "POST", "commit", **right, sovereignFQDN="evil.omani.works")[0] == 422
    nobody = kind("POST", "commit", **{**right, "subdomain": "nobody-has"})
    assert nobody == (404, "not-found", "not-found")
    assert kind("DELETE", "release", subdomain="nobody-has")[0] == 404


def test_given_an_idempotency_key_when_sent_twice_then_one_reservation(
    operator: Client, label: str
) -> None:
    answers = [
        operator.post(
            f"/api/v1/pool/{POOL}/reserve",
            {"subdomain": label},
            content_type="application/json",
            headers={"Idempotency-Key": "abc-12345"},
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_given_any_name_when_checked_then_200_with_reason_and_suggestions(
    operator: Client, label: str
) -> None:
    def check(domain: str, sub: str) -> dict[str, Any]:
        answer = operator.get(f"/api/v1/pool/{domain}/check", {"sub": sub})
        assert answer.status_code == 200
        return answer.json()

    assert check(POOL, label)["available"] is True
    assert check(POOL, "api")["reason"] == "reserved"
    assert check(POOL, "")["reason"] == "invalid-format"
    assert check("example.com", "omantel")["reason"] == "unsupported-pool"
    assert check(POOL, "api")["suggestions"]


def test_given_no_role_for_it_when_called_then_refused(
    log_in: Callable[..., Client], label: str
) -> None:
    assert call(Client(), "GET", "list")[0] == 401
    member = log_in(Role.MEMBER)
    assert call(member, "POST", "reserve", subdomain=label)[0] == 403
    assert call(member, "GET", "list")[0] == 403
    assert call(member, "GET", f"check?sub={label}")[0] == 200
    assert call(log_in(), "GET", f"check?sub={label}")[0] == 403


def test_given_a_dry_run_when_asked_then_the_plan_and_nothing_is_written(
    operator: Client, label: str, address: str
) -> None:
    status, plan = ask(operator, "POST", f"pool/{POOL}/reserve?dryRun=1", subdomain=label)
    assert (status, plan["dryRun"]) == (200, True)
    assert [(row["table"], row["change"]) for row in plan["rows"]] == [
        ("dns_allocation", "insert"),
        ("dns_allocation_event", "insert"),
    ]
    assert plan["rows"][0]["values"]["fqdn"] == f"{label}.{POOL}"
    assert {(rrset["zone"], rrset["type"]) for rrset in plan["rrsets"]} == {
        (POOL, "NS"),
        (POOL, "DS"),
        (f"{label}.{POOL}", "SOA"),
        (f"{label}.{POOL}", "NS"),
    }
    assert "oken" not in json.dumps(plan)
    assert not Allocation.objects.exists() and not OutboxItem.objects.exists()
    assert not AuditEvent.objects.filter(act="dns.reserved").exists()

    held = {"subdomain": label}
    held["reservationToken"] = call(operator, "POST", "reserve", **held)[1]["reservationToken"]
    before = Allocation.objects.values().get()
    plan = ask(operator, "POST", f"pool/{POOL}/commit?dryRun=1", **held, loadBalancerIP=address)[1]
    assert (
        plan["rows"][0]["values"] | {"state": "active", "address_v4": address}
        == (plan["rows"][0]["values"])
    )
    written = {rrset["name"] for rrset in plan["rrsets"] if rrset["type"] == "A"}
    assert f"console.{label}.{POOL}." in written and len(written) == 6
    plan = ask(operator, "DELETE", f"pool/{POOL}/release?dryRun=1", **held)[1]
    assert {rrset["change"] for rrset in plan["rrsets"]} == {"remove"}
    assert Allocation.objects.values().get() == before

    # What the act would refuse, the dry run refuses.
    refused = ask(operator, "POST", f"pool/{POOL}/reserve?dryRun=1", subdomain="api")
    assert (refused[0], refused[1]["error"]) == (422, "reserved")


def test_given_more_names_than_a_page_when_listed_then_every_one_once_by_links(
    operator: Client, reserve: Reserve, label: str
) -> None:
    for number in range(5):
        reserve(label=f"{label}-{number}", idempotency_key=str(number))
    seen, path = [], f"/api/v1/pool/{POOL}/list?limit=2"
    while path:
        answer = operator.get(path)
        seen += [row["subdomain"] for row in answer.json()["allocations"]]
        path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == [f"{label}-{number}" for number in reversed(range(5))]
    for cursor in ("x", "2026-01-01_", f"2026-01-01T00:00:00_{uuid.uuid4()}"):
        answer = operator.get(f"/api/v1/pool/{POOL}/list", {"cursor": cursor})
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
