"""At the door: 429 with the headers a program needs and the words a person needs."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from catalyst.identity.models import Role, User
from catalyst.identity.services import make_user
from catalyst.limits.actions import LIMITS
from catalyst.limits.gate import by_address, limited
from catalyst.vault.secret import Secret

LIMIT = LIMITS["log-in"]
PASSWORD = "correct horse battery"


@pytest.fixture
def member(db: None, key: str, settings: Any) -> User:
    # Counting is the promise here, and a good hash is slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    email = f"{key}@example.com"
    return make_user(email=email, roles=[Role.MEMBER], password=Secret(PASSWORD), actor="test")


def log_in(person: User, password: str, address: str = "192.0.2.1", **headers: str):  # type: ignore[no-untyped-def]
    typed = {"username": person.email.upper(), "password": password}
    return Client(REMOTE_ADDR=address, headers=headers).post("/login/", typed)


def use_up(person: User) -> None:
    for _ in range(LIMIT.amount):
        assert log_in(person, "wrong").status_code == 422


def test_given_ten_wrong_passwords_when_logging_in_again_then_429_even_with_the_right_one(
    member: User,
) -> None:
    use_up(member)

    refused = log_in(member, PASSWORD)

    assert refused.status_code == 429
    assert refused["RateLimit-Limit"] == str(LIMIT.amount)
    assert refused["RateLimit-Remaining"] == "0"
    assert 0 < int(refused["Retry-After"]) <= LIMIT.seconds
    assert refused["RateLimit-Reset"] == refused["Retry-After"]
    assert "Try again in" in refused.text and PASSWORD not in refused.text


def test_given_a_stranger_used_up_the_tries_then_the_person_gets_in_from_elsewhere(
    member: User,
) -> None:
    use_up(member)

    assert log_in(member, PASSWORD, address="192.0.2.99").status_code == 302


def test_given_a_log_in_that_succeeds_then_the_tries_before_are_forgiven(member: User) -> None:
    for _ in range(2):
        for _ in range(LIMIT.amount - 1):
            assert log_in(member, "wrong").status_code == 422
        assert log_in(member, PASSWORD).status_code == 302


def test_given_a_program_when_refused_then_problem_json_with_the_same_headers(
    member: User,
) -> None:
    use_up(member)

    refused = log_in(member, PASSWORD, accept="application/json")

    assert refused["Content-Type"] == "application/problem+json"
    document = refused.json()
    assert (document["type"], document["status"]) == ("rate-limited", 429)
    assert str(document["retry_after"]) == refused["Retry-After"]


def test_given_a_limited_view_then_every_answer_says_what_is_left(key: str) -> None:
    @limited("name-check", key=lambda request: key)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    request = RequestFactory().get("/api/v1/somewhere")
    first, second = view(request), view(request)

    assert first["RateLimit-Remaining"] == str(LIMITS["name-check"].amount - 1)
    assert second["RateLimit-Remaining"] == str(LIMITS["name-check"].amount - 2)
    assert "Retry-After" not in second


def test_given_a_limit_on_posts_then_looking_does_not_count(key: str) -> None:
    @limited("name-check", key=lambda request: key, methods=("POST",))
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    assert "RateLimit-Limit" not in view(RequestFactory().get("/"))
    assert "RateLimit-Limit" in view(RequestFactory().post("/"))


@pytest.mark.parametrize(
    ("behind_proxy", "address"), [(True, "address:198.51.100.7"), (False, "address:127.0.0.1")]
)
def test_given_forwarded_for_then_only_our_own_proxys_word_counts(
    settings: Any, behind_proxy: bool, address: str
) -> None:
    changed = {"trusted_proxy": behind_proxy}
    settings.CATALYST = settings.CATALYST.model_copy(update=changed)
    claimed = {"X-Forwarded-For": "203.0.113.1, 198.51.100.7"}

    assert by_address(RequestFactory().get("/", headers=claimed)) == address
