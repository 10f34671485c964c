"""Check 2 (peers.md §5.2): an issuer that is away or says odd things, and its keys."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import User
from catalyst.identity.oidc import issuer as adapter
from catalyst.models import IssuerLogin
from tests.security.issuer import Issuer, rsa_key
from tests.security.things import late

pytestmark = pytest.mark.django_db


def nobody(client: Client) -> bool:
    return SESSION_KEY not in client.session


def test_given_an_issuer_that_is_away_when_logging_in_then_503_and_nothing_half_done(
    issuer: Issuer,
) -> None:
    issuer.is_away = True
    client = Client()
    answer = client.get("/oidc/login/")
    assert answer.status_code == 503 and "does not answer" in answer.text
    assert answer["Retry-After"] and nobody(client)


@pytest.mark.parametrize("moment", ["before the code", "before a new key"])
def test_given_an_issuer_that_goes_away_when_back_then_503_and_nobody_is_logged_in(
    issuer: Issuer, moment: str
) -> None:

    def with_a_new_key() -> None:
        issuer.keys["third"], issuer.kid = rsa_key(), "third"
        issuer.is_away = True

    client = Client()
    back = issuer.approve(client.get("/oidc/login/")["Location"])
    if moment == "before the code":
        issuer.is_away = True
    else:
        issuer.before_answer = with_a_new_key
    answer = client.get("/oidc/callback/", back)
    assert answer.status_code == 503, answer.text
    assert nobody(client) and not User.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_02_given_a_discovery_document_that_is_not_the_issuers_when_read_then_503(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    document = {**issuer.document(), **changes}
    monkeypatch.setattr(issuer, "document", lambda: document)
    assert Client().get("/oidc/login/").status_code == 503


def test_02_given_several_log_ins_when_counted_then_discovery_and_keys_are_asked_once(
    issuer: Issuer, enter
) -> None:
    for _ in range(3):
        enter(Client())
    for end in ("/.well-known/openid-configuration", "/certs"):
        assert sum(path.endswith(end) for path in issuer.asked) == 1


def test_02_given_a_new_key_at_the_issuer_when_met_then_fetched_once_and_taken(
    issuer: Issuer, enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "KEY_COOLDOWN", 0.0)
    enter(Client())
    issuer.keys["third"] = rsa_key()
    issuer.kid = "third"
    for _ in range(2):
        assert enter(Client()).status_code == 302
    assert sum(path.endswith("/certs") for path in issuer.asked) == 2


def test_02_given_tokens_of_unknown_keys_when_many_then_the_issuer_is_not_flooded(
    issuer: Issuer, enter
) -> None:
    enter(Client())
    token = issuer.logout_token()
    issuer.keys["made-up"] = rsa_key()
    issuer.kid = "made-up"
    tokens = [issuer.logout_token() for _ in range(5)]
    del issuer.keys["made-up"]
    answers = {
        Client().post("/oidc/backchannel-logout/", {"logout_token": each}).status_code
        for each in tokens
    }
    assert answers == {400} and token
    assert sum(path.endswith("/certs") for path in issuer.asked) <= 2


NO_KEYS = {
    "a page": b"<!doctype html><p>Maintenance",
    "no object": b"[]",
    "no set": b"{}",
    "an empty set": b'{"keys": []}',
    "keys that are none": b'{"keys": ["a", 7]}',
    "too much": b'{"keys": [], "more": "' + b"a" * 1_100_000 + b'"}',
    "nothing": b"",
}


@pytest.mark.parametrize("said", NO_KEYS.values(), ids=NO_KEYS)
def test_02_given_an_issuer_that_shows_no_keys_when_asked_then_away_and_no_log_in_ends(
    issuer: Issuer, enter, forget_issuers, said: bytes
) -> None:
    inside = Client()
    enter(inside)
    forget_issuers()
    issuer.key_bytes = said
    client = Client()
    assert enter(client).status_code == 503 and nobody(client)
    told = {"logout_token": issuer.logout_token()}
    assert Client().post("/oidc/backchannel-logout/", told).status_code == 503
    late(inside)
    assert inside.get("/account/sessions/").status_code == 200
    issuer.key_bytes = None
    late(inside)
    assert inside.get("/account/sessions/").status_code == 200
    assert issuer.grants[-1] == "refresh_token" and IssuerLogin.objects.count() == 1


def test_02_given_a_new_key_when_strangers_have_just_named_others_then_looked_for_all_the_same(
    issuer: Issuer, enter
) -> None:
    """The pause between two looks is for tokens anybody may send."""
    inside = Client()
    enter(inside)
    issuer.keys["made-up"] = rsa_key()
    issuer.kid = "made-up"
    token = issuer.logout_token()
    del issuer.keys["made-up"]
    assert Client().post("/oidc/backchannel-logout/", {"logout_token": token}).status_code == 400
    issuer.keys["third"] = rsa_key()
    issuer.kid = "third"
    late(inside)
    assert inside.get("/account/sessions/").status_code == 200
    assert IssuerLogin.objects.get().fresh_until > timezone.now()
    issuer.keys["fourth"] = rsa_key()
    issuer.kid = "fourth"
    assert enter(Client()).status_code == 302


def test_02_given_a_key_that_is_not_published_yet_when_renewing_then_no_log_in_ends(
    issuer: Issuer, enter
) -> None:
    inside = Client()
    enter(inside)
    key = rsa_key()
    issuer.sign = lambda claims: jwt.encode(
        claims, key, algorithm="RS256", headers={"kid": "to come"}
    )
    late(inside)
    assert inside.get("/account/sessions/").status_code == 200
    assert IssuerLogin.objects.get().fresh_until < timezone.now()  # for a while only
    assert enter(Client()).status_code == 403
