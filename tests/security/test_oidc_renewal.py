"""Check 3 (peers.md §5.2): a log-in is believed as long as the issuer says, then shown anew."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import Role, User
from catalyst.identity.oidc.logins import PAUSE
from catalyst.identity.sessions import PATIENCE
from catalyst.models import AuditEvent, IssuerLogin, SealedSecret, UserSession
from catalyst.vault import services as vault
from tests.security.issuer import Issuer
from tests.security.things import late

pytestmark = pytest.mark.django_db
PAGE = "/account/sessions/"
API = "/api/v1/deployments"


def test_given_a_log_in_that_is_fresh_when_used_then_the_issuer_is_not_asked(
    issuer: Issuer, inside: Client
) -> None:
    for _ in range(3):
        assert inside.get(PAGE).status_code == 200
    assert issuer.grants == ["authorization_code"]


def test_given_its_time_is_up_when_used_then_renewed_once_and_the_new_token_kept(
    issuer: Issuer, inside: Client
) -> None:
    [old] = issuer.refresh
    late(inside)
    for _ in range(3):
        assert inside.get(PAGE).status_code == 200
    assert issuer.grants == ["authorization_code", "refresh_token"]
    [new] = issuer.refresh
    assert new != old
    assert vault.get(IssuerLogin.objects.get().refresh).reveal() == new
    assert SealedSecret.objects.count() == 1


def test_given_other_roles_at_the_issuer_when_renewed_then_this_very_request_sees_them(
    issuer: Issuer, inside: Client
) -> None:
    issuer.forge = lambda claims: {**claims, "roles": ["catalyst-operator"]}
    assert inside.get("/domains/").status_code == 403
    late(inside)
    assert inside.get("/domains/").status_code == 200
    issuer.forge = lambda claims: {**claims, "roles": []}
    late(inside)
    assert inside.get("/domains/").status_code == 403
    assert AuditEvent.objects.filter(act="identity.change").count() == 2


ENDED: dict[str, dict[str, Any]] = {
    "another person": {"sub": "somebody-else"},
    "another session": {"sid": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "other", "azp": None},
    "run out": {"exp": 1},
    "e-mail no longer verified": {"email_verified": False},
}


@pytest.mark.parametrize("changes", ENDED.values(), ids=ENDED)
def test_given_a_forged_answer_when_renewing_then_the_log_in_ends(
    issuer: Issuer, inside: Client, changes: dict[str, Any]
) -> None:
    issuer.forge = lambda claims: {**claims, **changes}
    late(inside)
    assert inside.get(PAGE)["Location"].startswith("/login/")
    assert not IssuerLogin.objects.exists() and not SealedSecret.objects.exists()


@pytest.fixture
def over(issuer: Issuer, inside: Client) -> Client:
    """The issuer knows the log-in no longer, and the time is up."""
    issuer.refresh.clear()
    late(inside)
    return inside


def test_given_a_log_in_that_is_over_when_a_page_is_asked_then_to_log_in_and_back(
    over: Client, enter
) -> None:
    key = over.cookies[django_settings.SESSION_COOKIE_NAME].value
    answer = over.get("/vouchers/?before=7")
    assert answer["Location"] == "/login/?next=/vouchers/%3Fbefore%3D7"
    assert not UserSession.objects.filter(pk=key).exists()
    assert "/oidc/login/?next=%2Fvouchers%2F%3Fbefore%3D7" in over.get(answer["Location"]).text
    assert AuditEvent.objects.filter(act="identity.log-in-ended").count() == 1
    over.cookies[django_settings.SESSION_COOKIE_NAME] = key  # kept by a thief
    assert over.get(PAGE)["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("current", "back"),
    [
        ("http://testserver/vouchers/?before=7", "/vouchers/%3Fbefore%3D7"),
        ("https://evil.example/vouchers/", "/home/"),
        ("http://testserver//evil.example/", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("", "/home/"),
    ],
)
def test_given_a_log_in_that_is_over_when_htmx_asks_then_401_and_the_whole_page_goes(
    over: Client, current: str, back: str
) -> None:
    answer = over.get(PAGE, headers={"HX-Request": "true", "HX-Current-URL": current})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"/login/?next={back}")
    assert answer.content == b""


@pytest.mark.parametrize(
    ("path", "accept"),
    [(API, "*/*"), (PAGE, "application/json"), ("/log/test:x/events", "text/event-stream")],
)
def test_given_a_log_in_that_is_over_when_a_program_asks_then_401_problem(
    over: Client, path: str, accept: str
) -> None:
    answer = over.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["type"] == "log-in-ended" and "Session" in answer["WWW-Authenticate"]


def test_given_a_log_in_that_is_over_when_a_form_is_sent_then_nothing_done_and_back_to_its_page(
    over: Client,
) -> None:
    answer = over.post(
        "/account/sessions/end-others/", headers={"Referer": "http://testserver/account/sessions/"}
    )
    assert answer["Location"] == "/login/?next=/account/sessions/"
    assert not AuditEvent.objects.filter(act="identity.end-sessions").exists()


def test_given_an_account_that_went_off_here_when_renewing_then_it_ends(inside: Client) -> None:
    User.objects.update(is_active=False)
    late(inside)
    assert inside.get(PAGE)["Location"].startswith("/login/")
    assert not IssuerLogin.objects.exists()


def test_given_no_refresh_token_when_the_time_is_up_then_it_ends(inside: Client) -> None:
    vault.delete(IssuerLogin.objects.get().refresh)
    late(inside)
    assert inside.get(PAGE)["Location"].startswith("/login/")


# --- away ----------------------------------------------------------------------------------------


def test_given_an_issuer_that_is_away_when_the_time_is_up_then_believed_for_a_while_asked_once(
    issuer: Issuer, inside: Client
) -> None:
    issuer.is_away = True
    late(inside)
    asked = len(issuer.asked)
    for _ in range(4):
        assert inside.get(PAGE).status_code == 200
    assert len(issuer.asked) == asked + 1
    issuer.is_away = False
    late(inside, PAUSE)
    assert inside.get(PAGE).status_code == 200
    assert issuer.grants[-1] == "refresh_token"


@pytest.mark.parametrize(("path", "kind"), [(PAGE, "text/html"), (API, "application/problem")])
def test_given_an_issuer_that_stays_away_when_used_then_503_and_the_log_in_waits_for_it(
    issuer: Issuer, inside: Client, path: str, kind: str
) -> None:
    issuer.is_away = True
    late(inside, PATIENCE + timedelta(minutes=1))
    answer = inside.get(path)
    assert answer.status_code == 503 and answer["Content-Type"].startswith(kind)
    assert "Sovereign" not in answer.text.replace("make and run Sovereigns", "")
    assert inside.post("/logout/").status_code == 302  # one can always leave
    assert not IssuerLogin.objects.exists()


def test_given_an_issuer_that_comes_back_when_used_then_the_same_log_in_goes_on(
    issuer: Issuer, inside: Client
) -> None:
    issuer.is_away = True
    late(inside, PATIENCE + timedelta(minutes=1))
    assert inside.get(PAGE).status_code == 503
    issuer.is_away = False
    IssuerLogin.objects.update(asked_at=timezone.now() - PAUSE)
    assert inside.get(PAGE).status_code == 200


# --- many at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_given_many_requests_when_the_time_is_up_then_one_asks_and_all_are_answered(
    issuer: Issuer, inside: Client
) -> None:
    """The refresh token counts once here: a second question with it would end the log-in."""
    late(inside)
    cookie = inside.cookies[django_settings.SESSION_COOKIE_NAME].value
    together = threading.Barrier(6, timeout=30)

    def ask(_: int) -> int:
        client = Client()
        client.cookies[django_settings.SESSION_COOKIE_NAME] = cookie
        together.wait()
        try:
            return int(client.get(PAGE).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, range(6))) == {200}
    assert issuer.grants == ["authorization_code", "refresh_token"]
    assert User.objects.get().roles == [Role.MEMBER]
