"""Every named limit of the table, at every door that counts it: what is left is told, then 429.

A limit without a door here fails, and so does a door that forgets to count.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import Role
from catalyst.limits.actions import LIMITS
from dns.byo.mail import send
from dns.byo.models import DomainMove
from franchise.money import Money
from franchise.vouchers import services as vouchers
from tests.security.things import client_of, things_of

pytestmark = pytest.mark.django_db
# Counted where nobody waits for an answer; tested by what then does not happen.
AT_NO_DOOR = {"mail", "refusal", "invite"}
API = "/api/v1"
DEPLOYMENT = "/deployments/{deployment_id}"
PAGE = "/sovereign/deployments/{deployment_id}"
MOVE = "/own-domains/{move_id}"
# Action → every door that counts it. What is sent need not be good: a try is a try.
DOORS: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "site-name": [("GET", "/addons/name?slug=canary", {})],
    "log-in": [("POST", "/login/", {"username": "a@example.com", "password": "x"})],
    "log-in-address": [("POST", "/login/", {"username": "{any}@example.com", "password": "x"})],
    "token-check": [
        ("POST", f"{API}/credentials/validate", {"token": "short"}),
        ("POST", "/sovereign/new/{draft_id}/token/", {"hetzner_token": "y" * 64}),
    ],
    "preflight": [("GET", "/sovereign/new/{draft_id}/preflight/clock/", {})],
    "provision": [("POST", f"{API}/deployments", {})],  # the page: wizard/test_limited.py
    "retry": [
        ("POST", f"{API}{DEPLOYMENT}/retry", {}),
        ("POST", f"{API}{DEPLOYMENT}/phases/preflight/retry", {}),
        ("POST", f"{API}{DEPLOYMENT}/refresh-watch", {}),
        ("POST", f"{PAGE}/retry/", {}),
    ],
    "cancel": [("POST", f"{API}{DEPLOYMENT}/cancel", {}), ("POST", f"{PAGE}/cancel/", {})],
    "destroy": [("POST", f"{API}{DEPLOYMENT}/destroy", {}), ("POST", f"{PAGE}/destroy/", {})],
    "approve": [("POST", f"{API}{DEPLOYMENT}/approve", {}), ("POST", f"{PAGE}/approve/", {})],
    "name-check": [
        ("POST", f"{API}/subdomains/check", {}),
        ("GET", "/sovereign/new/name/", {}),
    ],
    "domain-look": [
        ("POST", f"{API}/domains/look", {}),
        ("POST", f"{API}/domains/{{move_id}}/check", {}),
        ("POST", f"{MOVE}/check/", {}),
    ],
    "acme-update": [("POST", "/acme/update", {})],
    "acme-update-address": [("POST", "/acme/update", {})],
    "call-back": [
        ("POST", f"{API}{DEPLOYMENT}/callback", {}),
        ("PUT", f"{API}{DEPLOYMENT}/kubeconfig", {}),
    ],
    "registrar": [
        ("POST", f"{API}/registrar/cloudflare/validate", {}),
        ("POST", f"{API}/registrar/cloudflare/set-ns", {}),
        ("POST", f"{API}/domains", {}),
        ("POST", f"{API}/domains/{{move_id}}/resume", {}),
        ("POST", f"{API}/domains/{{move_id}}/restore", {}),
        ("POST", f"{MOVE}/resume/", {}),
        ("POST", f"{MOVE}/restore/", {}),
    ],
    "registrar-address": [("POST", f"{API}/registrar/cloudflare/validate", {})],
    "csp-report": [("POST", "/csp-report", {})],
    "issuer-log-out": [("POST", "/oidc/backchannel-logout/", {"logout_token": "x"})],
    "redeem": [("POST", "/redeem", {"code": "x"})],
    "redeem-account": [
        ("POST", "/redeem", {"code": "{code}", "email": "buyer@example.com",
                             "organization_name": "A{any}", "idempotency_key": "{key}"}),
    ],
    "redeem-all": [("POST", "/redeem", {"code": "x"})],
    "preview": [
        ("GET", "/redeem", {"code": "x"}),
        ("POST", "/billing/vouchers/redeem-preview", {"code": "x"}),
    ],
    "preview-account": [
        ("GET", "/redeem", {"code": "x"}),
        ("POST", "/billing/vouchers/redeem-preview", {"code": "x"}),
    ],
    "preview-all": [
        ("GET", "/redeem", {"code": "x"}),
        ("POST", "/billing/vouchers/redeem-preview", {"code": "x"}),
    ],
    "invitation": [("GET", "/invitation", {"token": "x"})],
    "sshkey": [("POST", f"{API}/sshkey/generate", {})],
}  # fmt: skip
# These answer with their own page, on which the words stand; it tells what is left elsewhere.
NO_HEADERS_AT = {"redeem-account"}
EACH_DOOR = [
    pytest.param(action, *door, id=f"{action} {door[1]}")
    for action, doors in DOORS.items()
    for door in doors
]
Ask = Callable[[str, str, dict[str, str]], Any]


@pytest.fixture
def ask(person) -> Ask:
    """As a member with one of everything, from an address that is counted nowhere else."""
    owner = person(f"{uuid.uuid4().hex}@example.com", Role.MEMBER)
    issued = vouchers.issue(
        credit=Money(1_000, "OMR"),
        max_redemptions=9,
        expires_at=timezone.now() + timedelta(days=1),
        actor="test",
    )
    values = {**things_of(owner), "code": issued.code.reveal()}
    client, anonymous = client_of(owner), Client()
    address = f"2001:db8::{secrets.randbits(16):x}:{secrets.randbits(16):x}"

    def asked(method: str, path: str, body: dict[str, str]) -> Any:
        values.update(any=secrets.token_hex(6), key=str(uuid.uuid4()))
        sent: Any = {name: text.format(**values) for name, text in body.items()}
        where = path.format(**values)
        who = anonymous if where.startswith(("/login", "/redeem")) else client
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if method == "GET":
            return who.get(where, sent, headers=headers, REMOTE_ADDR=address)
        if where.startswith((API, "/acme")):
            return who.generic(
                method, where, json.dumps(sent), "application/json",
                headers=headers, REMOTE_ADDR=address,
            )  # fmt: skip
        return who.post(where, sent, headers=headers, REMOTE_ADDR=address)

    return asked


def test_given_the_table_of_limits_when_compared_then_each_has_a_door_here() -> None:
    assert set(DOORS) | AT_NO_DOOR == set(LIMITS)
    assert all(DOORS.values())


@pytest.mark.parametrize(("action", "method", "path", "body"), EACH_DOOR)
def test_given_a_limit_when_used_up_then_headers_count_down_and_the_end_is_429(
    lower, ask: Ask, action: str, method: str, path: str, body: dict[str, str]
) -> None:
    lower(action, 2)
    first, second, third = (ask(method, path, body) for _ in range(3))

    assert 429 not in (first.status_code, second.status_code)
    assert third.status_code == 429
    if action in NO_HEADERS_AT:
        assert "Nothing was redeemed. Try again in" in third.text
        return
    left = [answer["RateLimit-Remaining"] for answer in (first, second, third)]
    assert left == ["1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in (first, second, third)} == {"2"}
    assert int(third["RateLimit-Reset"]) > 0
    assert third["Retry-After"] == third["RateLimit-Reset"] and "Retry-After" not in first


@pytest.mark.parametrize("action", ["redeem-all", "preview-all"])
def test_13_given_all_together_used_up_when_another_address_asks_then_refused(
    lower, action: str
) -> None:
    lower(action, 2)
    statuses = []
    for number in range(3):
        client, where = Client(REMOTE_ADDR=f"192.0.2.{number}"), "/redeem"
        answer = (
            client.get(where, {"code": "x"})
            if action == "preview-all"
            else client.post(where, {"code": "x"})
        )
        statuses.append(answer.status_code)
    assert 429 not in statuses[:2] and statuses[2] == 429


def test_13_given_one_address_refused_when_it_goes_on_then_it_uses_up_nobody_elses(
    lower,
) -> None:
    lower("redeem", 1)
    lower("redeem-all", 3)
    one = Client(REMOTE_ADDR="192.0.2.1")
    assert [one.post("/redeem", {"code": "x"}).status_code == 429 for _ in range(6)] == [
        False,
        *[True] * 5,
    ]
    assert Client(REMOTE_ADDR="192.0.2.2").post("/redeem", {"code": "x"}).status_code != 429


def test_13_given_a_stranger_with_wrong_codes_when_he_names_somebody_then_they_still_redeem(
    lower, ask: Ask
) -> None:
    lower("redeem-account", 1)
    [(method, path, good)] = DOORS["redeem-account"]
    for _ in range(3):
        assert ask(method, path, {**good, "code": "WRONG-CODE"}).status_code == 404
    assert ask(method, path, good).status_code == 302


def test_given_one_recipient_when_mailed_too_often_then_the_rest_is_not_sent(lower, person) -> None:
    lower("mail", 2)
    things = things_of(person("b@example.com", Role.MEMBER))
    DomainMove.objects.filter(pk=things["move_id"]).update(contact="Contact@example.com")
    for _ in range(4):
        send(move_id=things["move_id"], kind="24")
    assert len(mail.outbox) == 2
    DomainMove.objects.filter(pk=things["move_id"]).update(contact="other@example.com")
    send(move_id=things["move_id"], kind="24")
    assert len(mail.outbox) == 3
