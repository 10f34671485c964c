"""Ask for a Deployment, list them, look at one: shapes of the specification, and whose they are."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from typing import Any

import pytest
from django.db import connection

from sovereign_wizard.provisioning.models import Deployment
from tests.integration.sovereign_wizard.api.conftest import Caller, Make, kind

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "one-good-key"}
BYO = {"sovereignDomainMode": "byo-api", "sovereignFQDN": "3m.example.com"}
NEXT = re.compile(r'<([^>]+)>; rel="next"')


def test_given_a_wish_when_asked_for_then_201_in_the_documented_shape(
    owner: Caller, wish: dict[str, Any]
) -> None:
    answer = owner.post("/deployments", wish, **KEY)
    made = answer.json()

    assert answer.status_code == 201, made
    assert answer["Location"] == f"/api/v1/deployments/{made['id']}"
    assert answer["RateLimit-Limit"]
    assert made["status"] == "queued"
    assert made["sovereignFQDN"] == f"{wish['sovereignSubdomain']}.{wish['sovereignPoolDomain']}"
    assert made["streamURL"] == f"/api/v1/deployments/{made['id']}/logs"
    assert [phase["state"] for phase in made["phases"]] == ["pending"] * len(made["phases"])
    assert made["numEvents"] == 1
    assert made["result"]["loadBalancerIP"] is None


def test_given_a_wish_in_regions_when_asked_for_then_the_first_one_counts(
    owner: Caller, wish: dict[str, Any]
) -> None:
    place = {"provider": "hetzner", "cloudRegion": "fsn1", "controlPlaneSize": "cx53"}
    answer = owner.post("/deployments", {**wish, "region": "", "regions": [place]}, **KEY)

    assert answer.status_code == 201, answer.json()
    made = Deployment.objects.get(pk=answer.json()["id"])
    assert (made.region, made.control_plane_size, made.worker_count) == ("fsn1", "cx53", 0)


def test_w25_given_who_runs_it_and_how_when_asked_for_then_kept_and_shown(
    owner: Caller, wish: dict[str, Any]
) -> None:
    said = {
        "orgHeadquarters": "Muscat, Oman",
        "orgIndustry": "telecommunications",
        "orgSize": "500-2000",
        "orgCompliance": ["gdpr", "iso-27001", "gdpr"],
        "haEnabled": True,
    }
    answer = owner.post("/deployments", {**wish, **said}, **KEY)

    assert answer.status_code == 201, answer.json()
    shown = owner.get(f"/deployments/{answer.json()['id']}").json()
    assert shown["haEnabled"] and shown["organization"] == {
        "name": "Omantel",
        "email": "admin@omantel.example",
        "headquarters": "Muscat, Oman",
        "industry": "telecommunications",
        "headcount": "500-2000",
        "compliance": ["gdpr", "iso-27001"],
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"orgName": ""}, "orgName"),
        ({"orgIndustry": "piracy"}, "orgIndustry"),
        ({"orgSize": "7"}, "orgSize"),
        ({"orgCompliance": ["none"]}, "orgCompliance.0"),
        ({"orgEmail": "nobody"}, "orgEmail"),
        ({"hetznerToken": "short"}, "hetznerToken"),
        ({"hetznerProjectID": "https://x"}, "hetznerProjectID"),
        ({"region": ""}, "region"),
        ({"controlPlaneSize": ""}, "controlPlaneSize"),
        ({"workerSize": ""}, "workerSize"),
        ({"workerCount": 51}, "workerCount"),
        ({"sovereignDomainMode": "byo"}, "sovereignDomainMode"),
        ({"sovereignDomainMode": "byo-manual"}, "sovereignFQDN"),
        ({"sovereignDomainMode": "byo-manual", "sovereignFQDN": "co.uk"}, "sovereignFQDN"),
        (BYO, "registrarType"),
        ({**BYO, "registrarType": "namesilo"}, "registrarType"),
        (
            {**BYO, "registrarType": "ovh", "registrarToken": "a:b"},
            "registrarCredentials.consumer_key",
        ),
        ({**BYO, "registrarType": "ovh", "domainRecords": "x"}, "domainRecords"),
        ({"sovereignFQDN": "evil.example"}, "sovereignFQDN"),
        ({"sovereignSubdomain": "-"}, "subdomain"),
        ({"sovereignSubdomain": "api"}, "subdomain"),
        ({"sovereignPoolDomain": "example.org"}, "pool"),
        ({"sshPublicKey": "ssh-ed25519 AAAA"}, "ssh_public_key"),
        ({"components": ["minecraft"]}, "components"),
        ({"components": ["crossplane-claims"]}, "components"),
        ({"components": "all"}, "components"),
        ({"apps": ["minecraft"]}, "apps"),
        ({"apps": ["mysql"]}, "apps"),
        ({"apps": None}, "apps"),
        ({"regions": [{"cloudRegion": "a", "controlPlaneSize": "b"}] * 2}, "regions"),
    ],
)
def test_given_a_wrong_field_when_asked_for_then_422_beside_it_and_nothing_is_made(
    owner: Caller, wish: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = owner.post("/deployments", {**wish, **change}, **KEY)

    assert answer.status_code == 422
    assert answer.json()["field"] == field, answer.json()
    assert not Deployment.objects.exists()


def test_given_a_taken_name_when_asked_for_then_409_with_names_that_are_free(
    owner: Caller, stranger: Caller, wish: dict[str, Any]
) -> None:
    owner.post("/deployments", wish, **KEY)
    answer = stranger.post("/deployments", wish, **KEY)

    assert kind(answer) == (409, "name-taken")
    assert answer.json()["suggestions"]


def test_given_the_same_key_when_asked_again_then_one_deployment_and_the_same_answer(
    owner: Caller, wish: dict[str, Any]
) -> None:
    first, second = (owner.post("/deployments", wish, **KEY) for _ in range(2))
    other = owner.post("/deployments", {**wish, "orgName": "Another"}, **KEY)

    assert first.content == second.content
    assert kind(other) == (422, "idempotency-key-reused")
    assert Deployment.objects.count() == 1


def test_given_a_token_when_asked_for_then_it_is_in_no_answer_and_no_table(
    owner: Caller, wish: dict[str, Any]
) -> None:
    answer = owner.post("/deployments", wish, **KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM api_idempotency_key k")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT d::text FROM deployment d")
        kept += str(cursor.fetchall())

    assert wish["hetznerToken"] not in answer.content.decode()
    assert wish["hetznerToken"] not in kept


def test_given_a_domain_of_its_own_when_asked_for_then_its_move_begins_and_keys_are_in_no_table(
    owner: Caller, wish: dict[str, Any]
) -> None:
    token = f"{secrets.token_hex(12)}:{secrets.token_hex(12)}"
    domain = f"d{secrets.token_hex(6)}.com"
    asked = {
        **wish, **BYO, "sovereignFQDN": f"{domain.upper()}.", "registrarType": "godaddy",
        "registrarToken": token, "domainRecords": "@ MX 10 mail", "domainAcknowledgement": domain,
    }  # fmt: skip
    answer = owner.post("/deployments", asked, **KEY)
    made = answer.json()

    assert answer.status_code == 201, made
    assert (made["sovereignFQDN"], made["sovereignDomainMode"]) == (domain, "byo-api")
    assert [row["id"] for row in made["phases"]][1:3] == ["zone-prepare", "delegation-wait"]
    assert made["domainId"] == str(Deployment.objects.get().move_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM dns_domain_move m")
        kept = str(cursor.fetchall()) + answer.content.decode()
        cursor.execute("SELECT k::text FROM api_idempotency_key k")
        kept += str(cursor.fetchall())
    assert not [part for part in (token, *token.split(":")) if part in kept]


def test_given_no_key_when_asked_for_then_422(owner: Caller, wish: dict[str, Any]) -> None:
    assert kind(owner.post("/deployments", wish)) == (422, "invalid")


def test_given_too_many_wishes_in_an_hour_when_asked_then_429_says_when(
    owner: Caller, wish: dict[str, Any]
) -> None:
    answers = [
        owner.post("/deployments", {**wish, "region": ""}, **{"Idempotency-Key": f"key-{n:06}"})
        for n in range(11)
    ]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert kind(answers[-1]) == (429, "rate-limited")
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600


def test_given_many_deployments_when_listed_by_pages_then_each_once_newest_first(
    owner: Caller, make: Make
) -> None:
    made = [str(make().pk) for _ in range(5)]
    seen: list[str] = []
    path = "/deployments?limit=2"
    for _ in range(4):
        answer = owner.get(path)
        seen += [row["id"] for row in answer.json()]
        if (found := NEXT.search(answer.headers.get("Link", ""))) is None:
            break
        path = found[1].removeprefix("/api/v1")

    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "WyIyMDI2IiwgIngiXQ", "é"])
def test_given_a_made_up_cursor_when_listed_then_422(owner: Caller, cursor: str) -> None:
    assert kind(owner.get(f"/deployments?cursor={cursor}")) == (422, "invalid")


def test_given_others_deployments_when_listed_then_only_ones_own_and_operators_see_all(
    owner: Caller, stranger: Caller, operator: Caller, deployment: Deployment
) -> None:
    assert [row["id"] for row in owner.get("/deployments").json()] == [str(deployment.pk)]
    assert stranger.get("/deployments").json() == []
    assert len(operator.get("/deployments").json()) == 1


def test_given_another_mount_when_asked_then_it_is_the_same_api(
    owner: Caller, deployment: Deployment
) -> None:
    path = f"/api/v1/deployments/{deployment.pk}"
    here, there = owner.client.get(path), owner.client.get(f"/sovereign{path}")
    nowhere = owner.client.get("/sovereign/api/v1/nothing")

    assert here.json() == there.json()
    assert kind(nowhere) == (404, "not-found")


READS = ("", "/events", "/logs", "/kubeconfig", "/jobs", "/jobs/batches", "/jobs/x")
WRITES = ("/retry", "/phases/tls/retry", "/cancel", "/destroy", "/approve")
BODIES = {"/destroy": {"confirmFQDN": "x"}, "/approve": {"planSha256": "0" * 64}}


@pytest.mark.parametrize("rest", READS + WRITES)
def test_w8_given_a_foreign_or_no_deployment_when_touched_then_404_and_401_before_log_in(
    stranger: Caller, anybody: Caller, deployment: Deployment, rest: str
) -> None:
    def touch(caller: Caller, key: object) -> tuple[int, str]:
        path = f"/deployments/{key}{rest}"
        answer = caller.post(path, BODIES.get(rest)) if rest in WRITES else caller.get(path)
        assert deployment.fqdn.encode() not in answer.content
        return kind(answer)

    assert touch(stranger, deployment.pk) == (404, "not-found")
    assert touch(stranger, uuid.uuid4()) == (404, "not-found")
    assert touch(anybody, deployment.pk) == (401, "not-logged-in")
    deployment.refresh_from_db()
    assert deployment.state == "queued"


def test_given_no_role_for_it_when_asked_then_403(stranger: Caller) -> None:
    assert stranger.user is not None
    stranger.user.roles = []
    stranger.user.save()

    assert kind(stranger.get("/deployments")) == (403, "forbidden")


def test_given_a_failed_deployment_when_looked_at_then_error_in_words_and_as_a_document(
    owner: Caller, deployment: Deployment
) -> None:
    deployment.state = "failed"
    deployment.problem = {"type": "x", "title": "No", "detail": "Sold out.", "phase": "tofu-apply"}
    deployment.facts = {"load_balancer_ip": "203.0.113.9"}
    deployment.save()
    seen = json.loads(owner.get(f"/deployments/{deployment.pk}").content)

    assert (seen["status"], seen["error"]) == ("failed", "Sold out.")
    assert seen["problem"]["phase"] == "tofu-apply"
    assert seen["result"]["loadBalancerIP"] == "203.0.113.9"
