"""`/api/v1/registrars`, `registrar/{r}/validate` and `set-ns`: dns.md §1.4 and beyond."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from catalyst.identity.services import make_user
from catalyst.limits.actions import LIMITS
from catalyst.vault.secret import Secret
from tests.integration.dns.registrars.stage import OURS, Customer, Stage

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("registrars"),
    pytest.mark.usefixtures("uncounted"),
]
Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def log_in(db: None) -> Callable[..., Client]:
    def make(*roles: str) -> Client:
        client = Client()
        email = f"{uuid.uuid4().hex[:8]}@example.com"
        password = Secret("correct horse battery")
        client.force_login(
            make_user(email=email, roles=list(roles), password=password, actor="test")
        )
        return client

    return make


@pytest.fixture
def member(log_in: Callable[..., Client]) -> Client:
    return log_in(Role.MEMBER)


def call(client: Client, registrar: str, act: str, **body: Any) -> Answer:
    answer = client.post(
        f"/api/v1/registrar/{registrar}/{act}", json.dumps(body), content_type="application/json"
    )
    return answer.status_code, answer.json()


def asked(customer: Customer, **more: Any) -> dict[str, Any]:
    return {"domain": customer.name, "credentials": customer.fields, **more}


def kind(answer: Answer) -> tuple[int, str, str]:
    return answer[0], answer[1]["type"], answer[1].get("error", "")


def test_given_anybody_who_may_provision_when_listed_then_five_with_what_they_need(
    member: Client,
) -> None:
    shown = member.get("/api/v1/registrars").json()

    named = {each["name"]: each for each in shown["registrars"]}
    assert set(named) == {"cloudflare", "namecheap", "godaddy", "ovh", "dynadot"}
    assert named["cloudflare"]["capabilities"]["apexOnly"] is False
    assert named["dynadot"]["capabilities"]["glueRequired"] is True
    assert [field["name"] for field in named["namecheap"]["fields"]][:2] == ["api_user", "api_key"]
    assert named["namecheap"]["fields"][1]["secret"] and named["namecheap"]["where"]
    assert shown["egressIPv4"] == "127.0.0.1"


def test_given_good_credentials_when_validated_and_set_then_the_documented_answers(
    stage: Stage, member: Client
) -> None:
    customer = stage.customer("namecheap")
    status, valid = call(member, "namecheap", "validate", **asked(customer))
    assert (status, valid["valid"], valid["registrar"], valid["domain"]) == (
        *(200, True, "namecheap", customer.name),
    )

    status, done = call(member, "namecheap", "set-ns", **asked(customer, nameservers=list(OURS)))

    assert (status, done["success"], done["state"]) == (200, True, "done")
    assert done["nameservers"] == list(OURS) and done["propagation"] and done["job"] is None
    assert stage.delegation(customer) == list(OURS)


def test_given_a_vendor_that_needs_time_when_set_then_202_with_its_job(
    stage: Stage, member: Client
) -> None:
    customer = stage.customer("ovh")
    answer = call(member, "ovh", "set-ns", **asked(customer, nameservers=list(OURS)))

    assert answer[0] == 202
    assert answer[1]["success"] is False and answer[1]["job"]["state"] == "pending"
    assert customer.confirm(answer[1]["job"]["id"]).state in ("pending", "done")


def test_given_the_earlier_systems_token_when_sent_then_it_is_taken_apart(
    stage: Stage, member: Client
) -> None:
    customer = stage.customer("godaddy-v1")
    stage.ask(
        "PATCH", f"/accounts/{customer.account}", credentials={"key": "plain", "secret": "a:b"}
    )

    assert call(member, "godaddy", "validate", domain=customer.name, token="plain:a:b")[0] == 200


def test_given_requests_that_lack_something_when_sent_then_the_codes_of_the_table(
    stage: Stage, member: Client
) -> None:
    customer = stage.resident("namecheap")
    whole = asked(customer)
    cases: list[tuple[str, str, dict[str, Any], tuple[int, str]]] = [
        ("enom", "validate", whole, (404, "unsupported-registrar")),
        ("namecheap", "validate", {**whole, "domain": " "}, (422, "missing-domain")),
        ("namecheap", "validate", {**whole, "domain": "com"}, (422, "invalid-domain")),
        ("namecheap", "validate", {"domain": "a.com"}, (422, "missing-token")),
        ("namecheap", "validate", {"domain": "a.com", "token": "user"}, (422, "missing-token")),
        (
            "namecheap",
            "validate",
            {"domain": "a.com", "credentials": {"api_user": "a\nb", "api_key": "k"}},
            (422, "invalid-credential"),
        ),
        ("namecheap", "set-ns", whole, (422, "missing-nameservers")),
        ("namecheap", "set-ns", {**whole, "nameservers": ["ns1.a.com"]}, (422, "invalid-names")),
        ("namecheap", "validate", {**whole, "token": "x" * 3000}, (422, "invalid")),
    ]
    for registrar, act, body, expected in cases:
        status, named, repeated = kind(call(member, registrar, act, **body))
        assert (status, named[: len(expected[1])]) == expected, (act, body)
        assert repeated in (named, "")
    unsupported = call(member, "enom", "validate", **whole)[1]
    assert "cloudflare" in unsupported["supported"]


def test_given_what_a_vendor_refuses_when_asked_then_the_codes_of_the_table(
    stage: Stage, member: Client
) -> None:
    customer = stage.resident("dynadot-rest")
    wrong = {**customer.fields, "key": "wrong"}
    foreign = stage.resident("dynadot-api3").name

    assert kind(call(member, "dynadot", "validate", **asked(customer, credentials=wrong))) == (
        *(401, "invalid-token", "invalid-token"),
    )
    assert kind(call(member, "dynadot", "validate", **asked(customer, domain=foreign)))[:2] == (
        *(403, "domain-not-in-account"),
    )
    stage.fault(customer, "rate_limit", retry_after=120)
    answer = member.post(
        "/api/v1/registrar/dynadot/validate",
        json.dumps(asked(customer)),
        content_type="application/json",
    )
    assert answer.status_code == 429 and answer["Retry-After"] == "120"
    assert answer.json()["type"] == "rate-limited"
    stage.fault(customer, "status", status=500, times=None)
    assert kind(call(member, "dynadot", "validate", **asked(customer)))[:2] == (
        *(502, "api-unavailable"),
    )


def test_given_a_body_over_16_kib_when_sent_then_it_is_not_read(member: Client) -> None:
    body = json.dumps({"domain": "a.com", "token": "x", "more": "y" * 16_384})

    answer = member.post("/api/v1/registrar/ovh/validate", body, content_type="application/json")

    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")


def test_given_no_role_for_it_when_called_then_refused(log_in: Callable[..., Client]) -> None:
    assert call(Client(), "ovh", "validate", domain="a.com")[0] == 401
    assert call(log_in(), "ovh", "validate", domain="a.com")[0] == 403
    assert log_in().get("/api/v1/registrars").status_code == 403


def test_given_keys_tried_one_after_another_when_too_many_then_the_vendor_is_not_asked(
    stage: Stage, log_in: Callable[..., Client]
) -> None:
    """Per person, and per address for somebody with many accounts of ours."""
    customer, person = stage.resident("cloudflare"), log_in(Role.MEMBER)
    stage.fault(customer, "status", status=403, times=None)
    tries = LIMITS["registrar"].amount
    guess = {"domain": "cloud.a.com", **customer.fields}

    statuses = [call(person, "cloudflare", "validate", **guess)[0] for _ in range(tries + 2)]

    assert statuses[-2:] == [429, 429] and 429 not in statuses[:-2]
    assert stage.hits() == tries

    others = [log_in(Role.MEMBER) for _ in range(LIMITS["registrar-address"].amount // tries)]
    statuses = [call(p, "cloudflare", "validate", **guess)[0] for p in others for _ in range(tries)]
    assert statuses[-1] == 429
