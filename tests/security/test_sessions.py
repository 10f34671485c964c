"""Check 3 (peers.md §5.2): a log-in has a session of its own, is listed, and ends on the server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from catalyst.identity import services
from catalyst.identity.models import Role, User
from catalyst.identity.sessions import FACTS, LONGEST, SEEN_EVERY, open_among
from catalyst.models import AuditEvent, UserSession
from catalyst.vault.secret import Secret
from catalyst.work import beat
from tests.security.things import client_of, session_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
PAGE = "/account/sessions/"


@pytest.fixture
def user() -> User:
    return services.make_user(
        email="a@example.com", roles=[Role.MEMBER], password=Secret(PASSWORD), actor="test"
    )


def log_in(client: Client) -> None:
    answer = client.post("/login/", {"username": "a@example.com", "password": PASSWORD})
    assert answer.status_code == 302


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_03_given_a_session_before_the_log_in_when_logged_in_then_it_is_another_one(user) -> None:
    client = Client()
    client.get("/redeem?code=kept-in-a-session")
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    log_in(client)
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert before != after and not UserSession.objects.filter(pk=before).exists()


def test_03_given_two_browsers_when_listed_then_both_with_where_and_what(user) -> None:
    here = Client(headers={"User-Agent": "Firefox\x00\x1b[31m here"}, REMOTE_ADDR="198.51.100.7")
    there = Client(headers={"User-Agent": "<b>there</b>"}, REMOTE_ADDR="198.51.100.8")
    for client in (here, there):
        log_in(client)
        assert is_in(client)
    page = here.get(PAGE).text
    assert page.count("<tr><td") == 2 and "This one" in page and "Log out the others" in page
    for words in ("198.51.100.7", "198.51.100.8", "&lt;b&gt;there&lt;/b&gt;"):
        assert words in page
    assert (
        "\x1b" not in page and session_of(here).pk not in page and session_of(there).pk not in page
    )


def test_03_given_somebody_else_when_listed_then_never_his(user, person) -> None:
    other = client_of(person("b@example.com", Role.OPERATOR))
    other.get(PAGE, headers={"User-Agent": "of b"})
    mine = Client()
    log_in(mine)
    assert "of b" not in mine.get(PAGE).text
    mine.post(f"{PAGE}end-others/")
    assert is_in(other)


def test_03_given_three_browsers_when_the_others_are_ended_then_only_this_one_is_left(user) -> None:
    clients = [Client() for _ in range(3)]
    for client in clients:
        log_in(client)
    kept = [client.cookies[settings.SESSION_COOKIE_NAME].value for client in clients]
    answer = clients[0].post(f"{PAGE}end-others/", follow=True)
    assert "You are logged in here only now." in answer.text
    assert [is_in(client) for client in clients] == [True, False, False]
    assert open_among(set(kept)) == {kept[0]}
    event = AuditEvent.objects.get(act="identity.end-sessions")
    assert (event.after, event.person, event.role) == ({"ended": 2}, user.pk, "member")


def test_03_given_a_new_password_when_set_then_every_other_log_in_is_over(user) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    new = "another horse battery"
    assert here.post("/account/password/", {"password": new, "again": new}).status_code == 302
    # At once, and not when it comes again: what it follows live looks for the row.
    assert [row.pk for row in UserSession.objects.filter(user=user)] == [session_of(here).pk]
    assert (is_in(here), is_in(there)) == (True, False)


def test_03_given_an_account_when_switched_off_then_out_at_once_and_audited(user) -> None:
    client = Client()
    log_in(client)
    services.change_person(user=user, actor="boss", is_active=False)
    assert not is_in(client) and not UserSession.objects.filter(user=user).exists()
    event = AuditEvent.objects.get(act="identity.change")
    assert event.before["is_active"] and not event.after["is_active"]


def test_03_given_a_role_when_taken_then_the_next_request_already_knows(user) -> None:
    client = Client()
    log_in(client)
    assert client.get("/sovereign/").status_code == 200
    services.change_person(user=user, actor="boss", roles=[])
    assert client.get("/sovereign/").status_code == 403


def age(client: Client) -> None:
    """Its log-in is older than any may get."""
    session = client.session
    opened = timezone.now() - LONGEST - timedelta(minutes=1)
    session[FACTS] = {**session[FACTS], "opened_at": opened.isoformat()}
    session.save()


def test_03_given_an_old_log_in_when_it_is_used_every_day_then_it_ends_all_the_same(user) -> None:
    client = Client()
    log_in(client)
    assert is_in(client)
    age(client)
    assert not is_in(client)


def test_03_given_an_old_log_in_when_it_would_set_a_password_then_it_ends_there_too(user) -> None:
    client = Client()
    log_in(client)
    assert is_in(client)
    age(client)
    new = "another horse battery"
    answer = client.post("/account/password/", {"password": new, "again": new})
    assert answer["Location"].startswith("/login/")
    user.refresh_from_db()
    assert user.check_password(PASSWORD) and not UserSession.objects.filter(user=user).exists()


def test_03_given_sessions_that_are_over_when_a_round_passes_then_their_rows_are_gone(user) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    UserSession.objects.filter(pk=session_of(there).pk).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    beat.tick()
    assert list(UserSession.objects.values_list("pk", flat=True)) == [session_of(here).pk]


def test_03_given_a_log_in_when_not_used_for_long_then_it_ends(user) -> None:
    client = Client()
    log_in(client)
    assert settings.SESSION_COOKIE_AGE <= 12 * 3600
    UserSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_in(client)


def test_03_given_a_person_who_comes_back_when_seen_then_kept_to_a_few_minutes(user) -> None:
    client = Client()
    log_in(client)
    assert is_in(client)
    first = session_of(client).seen_at
    assert is_in(client) and session_of(client).seen_at == first
    session = client.session
    earlier = timezone.now() - SEEN_EVERY - timedelta(seconds=1)
    session[FACTS] = {**session[FACTS], "seen_at": earlier.isoformat()}
    session.save()
    assert is_in(client)
    seen = session_of(client)
    assert seen.seen_at >= first and seen.opened_at <= first
