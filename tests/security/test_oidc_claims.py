"""Check 2 (peers.md §5.2): one forged claim each, and nobody is logged in by it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from catalyst.identity.models import User
from catalyst.models import AuditEvent
from tests.security.issuer import CLIENT, CLIENT_SECRET, Issuer, pem, rsa_key

pytestmark = pytest.mark.django_db
HOUR = 3600


def now() -> int:
    return int(time.time())


FORGED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example/realms/catalyst"},
    "issuer with a slash more": {"iss": "{url}/"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-client", "azp": None},
    "several audiences, none of them us": {"aud": ["a", "b"], "azp": None},
    "several audiences, azp another": {"aud": [CLIENT, "other"], "azp": "other"},
    "several audiences, no azp": {"aud": [CLIENT, "other"], "azp": None},
    "one audience, azp another": {"azp": "other"},
    "no audience": {"aud": None, "azp": None},
    "run out": {"exp": lambda: now() - 60},
    "no end": {"exp": None},
    "end that is no number": {"exp": "tomorrow"},
    "issued in the future": {"iat": lambda: now() + HOUR},
    "issued too long ago": {"iat": lambda: now() - HOUR},
    "not said when issued": {"iat": None},
    "issued at a text": {"iat": lambda: str(now())},
    "issued at no time": {"iat": lambda: True},
    "issued at infinity": {"iat": lambda: float("inf")},
    "end that is a list": {"exp": lambda: [now() + HOUR]},
    "end at infinity": {"exp": lambda: float("inf")},
    "not good yet": {"nbf": lambda: now() + HOUR},
    "another nonce": {"nonce": "made-up"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "subject that is no text": {"sub": 7},
    "subject with NUL": {"sub": "a\0b"},
    "subject that is too long": {"sub": "a" * 300},
    "session that is no text": {"sid": ["a"]},
    "e-mail not verified": {"email_verified": False},
    "e-mail verified by a text": {"email_verified": "true"},
    "not said whether verified": {"email_verified": None},
    "no e-mail": {"email": None},
    "e-mail that is none": {"email": "member\n@example.com"},
    "e-mail that is a number": {"email": 7},
    "e-mail that is a list": {"email": ["@"]},
    "roles that are no list": {"roles": "catalyst-operator"},
}


def refused(client: Client, answer: Any) -> None:
    assert answer.status_code == 403, answer.text
    assert "You were not logged in" in answer.text
    assert SESSION_KEY not in client.session
    assert client.get("/account/sessions/")["Location"].startswith("/login/")
    assert not User.objects.exists()
    assert AuditEvent.objects.filter(act="identity.log-in-refused").count() == 1
    assert not AuditEvent.objects.filter(act="identity.log-in").exists()


def test_02_given_nothing_forged_when_back_from_the_issuer_then_logged_in(enter) -> None:
    """The other side of all below: refusing everything would pass those."""
    client = Client()
    answer = enter(client, next="/account/sessions/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/sessions/")
    assert client.get("/account/sessions/").status_code == 200


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_02_given_a_forged_claim_when_back_from_the_issuer_then_refused(
    issuer: Issuer, enter, changes: dict[str, Any]
) -> None:
    def forge(claims: dict[str, Any]) -> dict[str, Any]:
        for name, value in changes.items():
            made = value() if callable(value) else value
            claims[name] = made.format(url=issuer.url) if isinstance(made, str) else made
        return {name: value for name, value in claims.items() if value is not None}

    issuer.forge = forge
    client = Client()
    refused(client, enter(client))


def unsigned(issuer: Issuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, algorithm="none", headers={"kid": "first"})


def by_client_secret(issuer: Issuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, CLIENT_SECRET, algorithm="HS256", headers={"kid": "first"})


def by_public_key(issuer: Issuer, claims: dict[str, Any]) -> str:
    """Algorithm confusion: the public key taken for a shared secret. PyJWT will not make it."""

    def part(data: bytes) -> bytes:
        return urlsafe_b64encode(data).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "kid": "first", "typ": "JWT"}).encode())
    signing = head + b"." + part(json.dumps(claims).encode())
    mac = hmac.new(pem(issuer.keys["first"]), signing, hashlib.sha256).digest()
    return (signing + b"." + part(mac)).decode()


def by_another_key(issuer: Issuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa_key(), algorithm="RS256", headers={"kid": "first"})


def by_an_unknown_key(issuer: Issuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa_key(), algorithm="RS256", headers={"kid": "unknown"})


def without_key_id(issuer: Issuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, issuer.keys["first"], algorithm="RS256")


def with_its_own_key(issuer: Issuer, claims: dict[str, Any]) -> str:
    """`jwk` and `jku` of the header are somebody's word about himself."""
    key = rsa_key()
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.encode(
        claims, key, algorithm="RS256", headers={"kid": "mine", "jwk": jwk, "jku": issuer.url}
    )


def by_another_algorithm(issuer: Issuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, issuer.keys["first"], algorithm="RS512", headers={"kid": "first"})


def changed_afterwards(issuer: Issuer, claims: dict[str, Any]) -> str:
    head, _, signature = issuer.signed(claims).split(".")
    body = issuer.signed({**claims, "roles": ["catalyst-operator"]}).split(".")[1]
    return f"{head}.{body}.{signature}"


def no_token(issuer: Issuer, claims: dict[str, Any]) -> str:
    return "not.a.token"


SIGNED = (
    unsigned, by_client_secret, by_public_key, by_another_key, by_an_unknown_key, without_key_id,
    with_its_own_key, by_another_algorithm, changed_afterwards, no_token,
)  # fmt: skip


@pytest.mark.parametrize("how", SIGNED, ids=[how.__name__ for how in SIGNED])
def test_02_given_a_forged_signature_when_back_from_the_issuer_then_refused(
    issuer: Issuer, enter, how: Callable[[Issuer, dict[str, Any]], str]
) -> None:
    issuer.sign = lambda claims: how(issuer, claims)
    client = Client()
    refused(client, enter(client))


def test_02_given_the_other_pinned_algorithm_when_back_then_logged_in(issuer, enter) -> None:
    issuer.kid = "second"
    assert enter(Client()).status_code == 302


def test_02_given_a_token_of_a_second_ago_by_our_clock_when_back_then_taken(issuer, enter) -> None:
    issuer.forge = lambda claims: {**claims, "iat": now() + 5, "exp": now() - 5}
    assert enter(Client()).status_code == 302


def test_02_given_a_log_out_token_when_given_as_an_id_token_then_refused(issuer, enter) -> None:
    issuer.sign = lambda claims: issuer.logout_token(email="a@example.com", email_verified=True)
    client = Client()
    refused(client, enter(client))
