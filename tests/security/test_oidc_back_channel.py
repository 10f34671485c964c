"""Check 3 (peers.md §5.2): the issuer ends log-ins here, and nobody else does.

OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.8.
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.test import Client

from catalyst.identity import sessions
from catalyst.identity.models import Role
from catalyst.limits import services as limits
from catalyst.limits.actions import Limit
from catalyst.models import AuditEvent, IssuerLogin, SealedSecret, SpentLogoutToken, UserSession
from tests.security.issuer import EVENT, Issuer, rsa_key
from tests.security.things import client_of

pytestmark = pytest.mark.django_db
PLACE = "/oidc/backchannel-logout/"
PAGE = "/account/sessions/"


def tell(token: object, **options: Any) -> Any:
    """As the issuer does it: a form, no cookie, no CSRF token."""
    return Client(enforce_csrf_checks=True).post(PLACE, {"logout_token": token}, **options)


def key_of(client: Client) -> str:
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_03_given_a_log_out_at_the_issuer_when_told_then_the_session_is_dead(
    issuer: Issuer, inside: Client, enter, person
) -> None:
    elsewhere, somebody, local = Client(), Client(), client_of(person("l@example.com", Role.MEMBER))
    enter(elsewhere, sid="another-session")
    enter(somebody, sub="somebody", sid="third-session")
    key = key_of(inside)
    assert sessions.open_among({key}) == {key}  # what live sockets and streams ask
    answer = tell(issuer.logout_token())
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert not is_in(inside) and is_in(elsewhere) and is_in(somebody) and is_in(local)
    assert sessions.open_among({key}) == set()
    assert IssuerLogin.objects.count() == SealedSecret.objects.count() == 2
    assert AuditEvent.objects.filter(act="identity.log-out-by-issuer").count() == 1


def test_03_given_a_token_without_a_session_when_told_then_every_log_in_of_the_person_ends(
    issuer: Issuer, inside: Client, enter
) -> None:
    elsewhere, somebody = Client(), Client()
    enter(elsewhere, sid="another-session")
    enter(somebody, sub="somebody", sid="third-session")
    assert tell(issuer.logout_token(sid=None)).status_code == 200
    assert not is_in(inside) and not is_in(elsewhere) and is_in(somebody)


def test_03_given_a_token_of_a_session_only_when_told_then_it_ends(
    issuer: Issuer, inside: Client
) -> None:
    assert tell(issuer.logout_token(sub=None)).status_code == 200
    assert not is_in(inside)


def test_03_given_a_session_nobody_has_here_when_told_then_200_and_nothing_ends(
    issuer: Issuer, inside: Client
) -> None:
    assert tell(issuer.logout_token(sid="long gone")).status_code == 200
    assert tell(issuer.logout_token(sub="somebody")).status_code == 200
    assert is_in(inside)


def now() -> int:
    return int(time.time())


FORGED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-client"},
    "no audience": {"aud": None},
    "several audiences": {"aud": ["catalyst-console", "other"]},
    "issued in the future": {"iat": lambda: now() + 3600},
    "issued too long ago": {"iat": lambda: now() - 3600},
    "not said when issued": {"iat": None},
    "issued at a text": {"iat": lambda: str(now())},
    "end at infinity": {"exp": lambda: float("inf")},
    "run out": {"exp": lambda: now() - 60},
    "no end": {"exp": None},
    "no events": {"events": None},
    "events that are a text": {"events": EVENT},
    "another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is a text": {"events": {EVENT: "yes"}},
    "a nonce": {"nonce": "n"},
    "no jti": {"jti": None},
    "empty jti": {"jti": ""},
    "neither person nor session": {"sub": None, "sid": None},
    "a session that is a list": {"sid": ["session-at-the-issuer"]},
    "a person that is a number": {"sub": 7, "sid": None},
}


def refused(inside: Client, answer: Any) -> None:
    assert answer.status_code == 400, answer.text
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {"error": "invalid_request"}
    assert is_in(inside)


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_03_given_a_forged_log_out_token_when_told_then_400_and_nothing_ends(
    issuer: Issuer, inside: Client, changes: dict[str, Any]
) -> None:
    made = {name: value() if callable(value) else value for name, value in changes.items()}
    refused(inside, tell(issuer.logout_token(**made)))
    assert not SpentLogoutToken.objects.exists()


def test_03_given_a_forged_signature_when_told_then_400_and_nothing_ends(
    issuer: Issuer, inside: Client
) -> None:
    claims = jwt.decode(issuer.logout_token(), options={"verify_signature": False})
    header = {"kid": "first"}
    refused(inside, tell(jwt.encode(claims, rsa_key(), algorithm="RS256", headers=header)))
    refused(inside, tell(jwt.encode(claims, None, algorithm="none", headers=header)))


def test_03_given_an_id_token_when_told_as_a_log_out_token_then_400(
    issuer: Issuer, inside: Client
) -> None:
    claims = {**issuer.person, "jti": "j", "iss": issuer.url, "aud": "catalyst-console"}
    refused(inside, tell(issuer.signed({**claims, "iat": now(), "exp": now() + 60})))


def test_03_given_a_token_that_was_used_when_told_again_then_400(
    issuer: Issuer, inside: Client, enter
) -> None:
    token = issuer.logout_token()
    assert tell(token).status_code == 200
    enter(inside, iat=now() + 1)  # the same session at the issuer, a new one here
    refused(inside, tell(token))


@pytest.mark.parametrize("body", [{}, {"logout_token": ""}, {"other": "x"}, {"logout_token": "x"}])
def test_03_given_no_token_when_told_then_400(
    issuer: Issuer, inside: Client, body: dict[str, str]
) -> None:
    refused(inside, Client(enforce_csrf_checks=True).post(PLACE, body))


def test_03_given_a_token_in_the_address_or_as_json_when_told_then_400(
    issuer: Issuer, inside: Client
) -> None:
    token = issuer.logout_token()
    refused(inside, Client().post(f"{PLACE}?logout_token={token}"))
    refused(inside, Client().post(PLACE, {"logout_token": token}, "application/json"))
    assert Client().get(PLACE, {"logout_token": token}).status_code == 405


def test_03_given_a_header_that_is_too_deep_when_told_then_400(
    issuer: Issuer, inside: Client
) -> None:
    head = urlsafe_b64encode(b"[" * 9_000).decode()
    refused(inside, tell(f"{head}.e30.e30"))


def test_03_given_a_body_that_is_too_large_when_told_then_400(
    issuer: Issuer, inside: Client
) -> None:
    refused(inside, tell(issuer.logout_token() + "." + "a" * 20_000))


def test_03_given_keys_that_cannot_be_had_when_told_then_503_and_told_again_it_ends(
    issuer: Issuer, inside: Client, forget_issuers
) -> None:
    token = issuer.logout_token()
    forget_issuers()
    issuer.is_away = True
    assert tell(token).status_code == 503 and is_in(inside)
    issuer.is_away = False
    assert tell(token).status_code == 200 and not is_in(inside)


def test_03_given_many_tokens_of_one_address_when_told_then_429(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "issuer-log-out", Limit(2, 3600, "test"))
    assert [tell("x").status_code for _ in range(3)] == [400, 400, 429]


def test_03_given_spent_tokens_that_are_too_old_when_swept_then_gone_and_refused_by_age(
    issuer: Issuer, inside: Client
) -> None:
    from catalyst.work import beat

    tell(issuer.logout_token())
    beat.tick()
    assert SpentLogoutToken.objects.count() == 1
    SpentLogoutToken.objects.update(expires_at="2020-01-01T00:00:00Z")
    beat.tick()
    assert not SpentLogoutToken.objects.exists()
    assert not UserSession.objects.filter(user__isnull=False).exists()
