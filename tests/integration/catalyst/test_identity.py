"""Logging in: one-time codes, kept e-mail, no open redirect, no hint who exists."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from catalyst.identity.models import Role, User
from catalyst.identity.services import make_first_admin, make_user, one_time_code
from catalyst.models import AuditEvent
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def member() -> User:
    return make_user(
        email="Reader@Example.com", roles=[Role.MEMBER], password=Secret(PASSWORD), actor="test"
    )


def log_in_as(email: str, password: str, **more: str) -> tuple[Client, object]:
    client = Client()
    return client, client.post("/login/", {"username": email, "password": password, **more})


def test_given_a_person_when_logging_in_then_home_and_audited(member: User) -> None:
    _, answer = log_in_as("reader@example.COM", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, settings.LOGIN_REDIRECT_URL)
    assert AuditEvent.objects.filter(act="identity.log-in").count() == 1


def test_given_a_wrong_password_when_logging_in_then_422_with_the_email_kept_not_the_password(
    member: User,
) -> None:
    _, wrong = log_in_as("reader@example.com", "not the password")
    _, unknown = log_in_as("nobody@example.com", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    assert 'value="reader@example.com"' in wrong.text
    assert "not the password" not in wrong.text
    assert "do not belong together" in wrong.text
    assert "do not belong together" in unknown.text
    assert AuditEvent.objects.filter(act="identity.log-in-refused").count() == 2


def test_given_an_account_that_is_off_when_logging_in_then_refused(member: User) -> None:
    User.objects.update(is_active=False)
    assert log_in_as("reader@example.com", PASSWORD)[1].status_code == 422


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_given_a_foreign_return_address_when_logging_in_then_home_instead(
    member: User, target: str
) -> None:
    _, answer = log_in_as("reader@example.com", PASSWORD, next=target)
    assert answer["Location"] == settings.LOGIN_REDIRECT_URL


def test_given_an_own_return_address_when_logging_in_then_there(member: User) -> None:
    _, answer = log_in_as("reader@example.com", PASSWORD, next="/vouchers/?before=7")
    assert answer["Location"] == "/vouchers/?before=7"


@pytest.fixture
def admin_code() -> str:
    code, code_hash = one_time_code()
    assert make_first_admin(email="Owner@Example.com", code_hash=code_hash)
    return code.reveal()


def test_given_a_one_time_code_when_logged_in_then_nothing_but_setting_a_password(
    admin_code: str,
) -> None:
    client, _ = log_in_as("owner@example.com", admin_code)
    for path in ("/vouchers/", "/organizations/", "/redeem", "/log/test:1/page", "/nowhere"):
        assert client.get(path)["Location"] == "/account/password/", path
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v1/deployments", "text/html"),
        ("/sovereign/api/v1/deployments", "*/*"),
        ("/vouchers/", "application/json"),
        ("/log/test:1/events", "text/event-stream"),
        ("/log/test:1/events", "*/*"),
        ("/log/test:1/page", "text/event-stream"),
        ("/ws/log/test:1", "*/*"),
    ],
)
def test_given_a_one_time_code_when_a_program_asks_then_403_problem_json_and_no_detour(
    admin_code: str, path: str, accept: str
) -> None:
    client, _ = log_in_as("owner@example.com", admin_code)
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    document = answer.json()
    assert (document["type"], document["status"]) == ("password-not-set", 403)
    assert "/account/password/" in document["detail"] and document["instance"]


def test_given_a_password_set_when_logging_in_again_then_the_code_is_used_up(
    admin_code: str,
) -> None:
    client, _ = log_in_as("owner@example.com", admin_code)
    answer = client.post("/account/password/", {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/vouchers/").status_code == 200
    assert log_in_as("owner@example.com", admin_code)[1].status_code == 422
    assert log_in_as("owner@example.com", PASSWORD)[1].status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [("short", "short", "too short"), ("password1234", "password1234", "too common"),
     ("owner@example.com", "owner@example.com", "too similar"), (PASSWORD, "other", "differ")],
)  # fmt: skip
def test_given_a_weak_or_mistyped_password_when_set_then_422_and_the_code_still_works(
    admin_code: str, password: str, again: str, words: str
) -> None:
    client, _ = log_in_as("owner@example.com", admin_code)
    answer = client.post("/account/password/", {"password": password, "again": again})
    assert answer.status_code == 422
    assert words in answer.text
    assert log_in_as("owner@example.com", admin_code)[1].status_code == 302


def test_given_an_admin_when_a_first_admin_is_made_again_then_never_twice(admin_code: str) -> None:
    assert make_first_admin(email="second@example.com", code_hash=one_time_code()[1]) is None
    assert [user.email for user in User.objects.all()] == ["Owner@Example.com"]


def test_given_no_password_hash_when_making_the_first_admin_then_refused() -> None:
    with pytest.raises(Invalid):
        make_first_admin(email="owner@example.com", code_hash="plain text")


def test_given_a_session_when_logged_out_then_it_is_over_on_the_server(person, log_in) -> None:
    client = log_in(person("a@example.com", Role.SOVEREIGN_ADMIN))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get("/vouchers/").status_code == 302


def test_given_a_person_when_changed_by_the_command_then_as_told_and_audited(member: User) -> None:
    client, _ = log_in_as("reader@example.com", PASSWORD)
    call_command("person", "READER@example.com", "--change", "--role=catalyst-operator", "--off")
    member.refresh_from_db()
    assert (member.roles, member.is_active) == ([Role.OPERATOR], False)
    assert client.get("/account/sessions/").status_code == 302
    call_command("person", member.email, "--change", "--on")
    member.refresh_from_db()
    assert (member.roles, member.is_active) == ([Role.OPERATOR], True)
    assert AuditEvent.objects.filter(act="identity.change").count() == 2


@pytest.mark.parametrize(
    "words",
    [
        ("reader@example.com",),
        ("reader@example.com", "--role=member", "--off"),
        ("reader@example.com", "--change"),
        ("nobody@example.com", "--change", "--off"),
    ],
)
def test_given_a_command_that_says_too_little_when_run_then_refused(
    member: User, words: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        call_command("person", *words)
    assert User.objects.get().is_active
