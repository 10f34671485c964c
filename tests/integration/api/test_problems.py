"""Every error of the API is one problem document with a stable type and our request's id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

pytestmark = pytest.mark.django_db
THINGS = "/api/v1/things"
JSON = "application/json"


def problem(answer: HttpResponse) -> tuple[int, str]:
    """Status and type of what has to be a whole problem document."""
    assert answer["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail", "instance"} <= document.keys()
    assert document["status"] == answer.status_code
    assert document["instance"] == answer["X-Request-Id"]
    return answer.status_code, document["type"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/things/word", "/api/v1/things/1/x"])
def test_given_no_such_address_when_asked_then_404_as_a_problem(client: Client, path: str) -> None:
    assert problem(client.get(path, headers={"Accept": "text/html"}))[0] in (404, 422)


def test_given_a_wrong_method_when_asked_then_405_with_the_right_ones(client: Client) -> None:
    answer = client.delete(THINGS)

    assert problem(answer) == (405, "method-not-allowed")
    assert answer["Allow"] == "POST"


def test_given_a_form_when_json_is_wanted_then_415(client: Client) -> None:
    assert problem(client.post(THINGS, {"name": "x"})) == (415, "unsupported-media-type")


@pytest.mark.parametrize("body", ["{", "[" * 30_000, '{"name": 1e', b"\xff\xfe"])
def test_given_no_json_when_sent_then_400(client: Client, body: Any) -> None:
    assert problem(client.post(THINGS, body, content_type=JSON)) == (400, "malformed")


def test_given_a_body_above_the_limit_when_sent_then_413(client: Client) -> None:
    body = json.dumps({"name": "x" * 70_000})

    assert problem(client.post(THINGS, body, content_type=JSON)) == (413, "body-too-large")


def test_given_nul_in_a_text_when_sent_then_422(client: Client) -> None:
    body = json.dumps({"name": "a\0b"})

    assert problem(client.post(THINGS, body, content_type=JSON)) == (422, "invalid")
    assert problem(client.get("/api/v1/things/1?x=%00")) == (422, "invalid")


def test_given_a_wrong_value_when_sent_then_422_names_the_field_and_not_the_value(
    client: Client,
) -> None:
    body = json.dumps({"name": "x" * 41, "secret": ["hunter2hunter2"]})
    answer = client.post(THINGS, body, content_type=JSON, headers={"Idempotency-Key": "a-good-key"})

    assert problem(answer) == (422, "invalid")
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "secret"}
    assert b"hunter2" not in answer.content


def test_given_nobody_logged_in_when_asked_then_401_with_a_challenge(client: Client) -> None:
    client.logout()
    answer = client.get("/api/v1/broken")

    assert problem(answer) == (401, "not-logged-in")
    assert answer["WWW-Authenticate"].startswith("Session")


def test_given_no_csrf_token_when_something_would_change_then_403(
    client: Client, person: Any
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    answer = strict.post(THINGS, "{}", content_type=JSON, headers={"Idempotency-Key": "a-good-key"})

    assert problem(answer) == (403, "csrf-failed")


def test_given_a_mistake_of_ours_when_it_happens_then_500_without_its_words(
    client: Client,
) -> None:
    client.raise_request_exception = False
    answer = client.get("/api/v1/broken")

    assert problem(answer) == (500, "internal-error")
    assert b"secret detail" not in answer.content


def test_given_a_mistake_of_ours_when_it_happens_then_django_is_told(client: Client) -> None:
    """Whoever listens for failed requests (metrics, the test client) hears of it."""
    with pytest.raises(RuntimeError):
        client.get("/api/v1/broken")
