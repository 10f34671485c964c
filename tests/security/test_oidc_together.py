"""Check 3 (peers.md §5.2): a log-in is kept and ended at the same moment, or half of it fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection, connections, transaction
from django.test import Client

from catalyst.identity import sessions
from catalyst.identity.oidc import logins
from catalyst.identity.oidc.logins import Answer
from catalyst.identity.oidc.problems import GrantRefused
from catalyst.models import AuditEvent, IssuerLogin, SealedSecret, User, UserSession
from catalyst.vault.secret import Secret
from tests.integration.internet.running import until
from tests.security.issuer import Issuer
from tests.security.things import late, session_of

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/account/sessions/"


def alone(act: Callable[[], object]) -> object:
    """For a thread: its connection is closed behind it."""
    try:
        return act()
    finally:
        connections.close_all()


def tell(token: str) -> int:
    return int(Client().post("/oidc/backchannel-logout/", {"logout_token": token}).status_code)


def waits(running: Future[object]) -> None:
    """Until it stands before a lock of ours; fails when it got through."""

    def look() -> bool:
        assert not running.done(), running.result()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
                " AND (locktype IN ('advisory', 'transactionid', 'tuple'))"
            )
            return bool(cursor.fetchone()[0])

    until(look)


def answer_of(issuer: Issuer) -> Answer:
    """As if the token endpoint had just said it."""
    claims = {"iss": issuer.url, "iat": int(time.time()) - 1, **issuer.person}
    return Answer(claims=claims, refresh=Secret("new-token"), seconds=300)


def test_03_given_a_log_out_before_the_log_in_is_kept_when_back_then_nobody_is_logged_in(
    issuer: Issuer, enter
) -> None:
    told: list[object] = []

    def ended_meanwhile(claims: dict[str, Any]) -> dict[str, Any]:
        told.append(alone(lambda: tell(issuer.logout_token())))
        return claims

    issuer.forge = ended_meanwhile
    client = Client()
    assert enter(client).status_code == 403 and told == [200]
    assert SESSION_KEY not in client.session
    assert not UserSession.objects.filter(user__isnull=False).exists()
    assert not IssuerLogin.objects.exists() and not SealedSecret.objects.exists()
    event = AuditEvent.objects.get(act="identity.log-in-refused")
    assert event.after == {"reason": "ended at the issuer meanwhile"}
    issuer.forge = lambda claims: {**claims, "iat": claims["iat"] + 1}
    assert enter(client).status_code == 302  # a log-in of afterwards is one


def test_03_given_a_log_in_that_is_being_kept_when_its_end_is_told_then_it_waits_and_ends_it(
    issuer: Issuer, inside: Client
) -> None:
    key = session_of(inside).pk
    IssuerLogin.objects.all().delete()  # not kept yet
    with ThreadPoolExecutor(1) as pool:
        with logins.keeping(answer_of(issuer)) as keep:
            keep(key)
            running = pool.submit(alone, lambda: tell(issuer.logout_token()))
            waits(running)
        assert running.result(timeout=30) == 200
    assert not UserSession.objects.filter(pk=key).exists()
    assert not IssuerLogin.objects.exists()


def test_03_given_a_log_in_that_is_being_renewed_when_ended_then_nothing_of_it_is_left(
    issuer: Issuer, inside: Client
) -> None:
    key, old = session_of(inside).pk, IssuerLogin.objects.get().refresh
    with ThreadPoolExecutor(1) as pool:
        with logins.keeping(answer_of(issuer), otherwise=old) as keep:
            keep(key)
            rows = UserSession.objects.filter(pk=key)
            running = pool.submit(alone, lambda: sessions.end(rows))
            waits(running)
        assert running.result(timeout=30) == 1
    assert not IssuerLogin.objects.exists() and not SealedSecret.objects.exists()


def test_03_given_a_log_in_that_is_being_ended_when_renewed_then_over_and_nothing_is_left(
    issuer: Issuer, inside: Client
) -> None:
    key = session_of(inside).pk
    late(inside)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            sessions.end(UserSession.objects.filter(pk=key))
            running = pool.submit(alone, lambda: logins.renew(key))
            waits(running)
        with pytest.raises(GrantRefused):
            running.result(timeout=30)
    assert not IssuerLogin.objects.exists() and not SealedSecret.objects.exists()
    assert not AuditEvent.objects.filter(act="identity.log-in-ended").exists()


def test_03_given_several_people_of_one_session_when_it_ends_then_each_is_told_their_own_number(
    issuer: Issuer, inside: Client, enter
) -> None:
    enter(Client())
    enter(Client(), sub="somebody")
    assert tell(issuer.logout_token(sub=None)) == 200
    events = AuditEvent.objects.filter(act="identity.log-out-by-issuer")
    numbers = {event.object: event.after["ended"] for event in events}
    member, somebody = (User.objects.get(subject=sub) for sub in (issuer.person["sub"], "somebody"))
    assert numbers == {f"user:{member.pk}": 2, f"user:{somebody.pk}": 1}
