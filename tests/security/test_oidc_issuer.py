"""Check 2 (peers.md §5.2): the issuer's own addresses and keys, and its absence."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from catalyst.identity.models import User
from catalyst.identity.oidc import issuer as adapter
from tests.security.issuer import Issuer, rsa_key

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


@pytest.mark.parametrize("moment", ["before the code", "before the keys"])
def test_given_an_issuer_that_goes_away_when_back_then_503_and_nobody_is_logged_in(
    issuer: Issuer, moment: str
) -> None:
    client = Client()
    back = issuer.approve(client.get("/oidc/login/")["Location"])
    if moment == "before the code":
        issuer.is_away = True
    else:
        issuer.before_answer = lambda: setattr(issuer, "is_away", True)
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
