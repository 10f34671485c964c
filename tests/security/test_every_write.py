"""Checks 1 and 5 over the whole URL map: every unsafe way of asking wants the token of a page of
ours, with and without HTMX; and no address reads more than it may be sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from catalyst.identity.models import Role
from catalyst.identity.routes import Route
from catalyst.web.middleware import MOST_BYTES
from tests.security.test_every_address import CONFS, address, over_http
from tests.security.things import common_things, things_of

pytestmark = pytest.mark.django_db
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# No session opens these and a token of ours would say nothing: a browser's own report, what anyone
# may ask about a voucher or redeem by the e-mail in the body (without one it wants the token:
# redeem/test_program.py), and programs with a secret in a header, which another site cannot send
# (Fetch: CORS preflight), or a signature in the body.
NO_FORM = {"csp_report", "update", "redeem_preview", "redeem_by_program", "stop_offers"}
PROGRAMS = {"machine", "issuer", "webhook"}


def unsafe(conf: str) -> Iterator[tuple[Route, str]]:
    for route in over_http(conf):
        for method in route.methods or UNSAFE:
            if method in UNSAFE:
                yield route, method


@pytest.fixture
def values(person) -> dict[str, Any]:
    return {**common_things(), **things_of(person("owner@example.com", Role.MEMBER))}


@pytest.fixture
def client(person) -> Client:
    """Everything opens to this person: what refuses is the missing token."""
    made = Client(enforce_csrf_checks=True, raise_request_exception=False)
    made.force_login(person("all@example.com", *Role.values))
    made.get("/account/password/")
    return made


@pytest.fixture(params=sorted(CONFS))
def conf(request, settings) -> str:
    settings.ROOT_URLCONF = CONFS[request.param]
    return request.param


def told(client: Client, method: str, where: str, **headers: str) -> str:
    answer = client.generic(
        method,
        where,
        b"{}",
        "application/json",
        headers={"Accept": "application/json", "Idempotency-Key": uuid.uuid4().hex, **headers},
    )
    problem = "json" in answer.get("Content-Type", "") and answer.content
    return str(answer.json().get("type", "")) if problem and answer.status_code >= 400 else ""


def test_01_given_every_write_when_it_has_no_token_then_refused_htmx_or_not(
    conf, client: Client, values: dict[str, Any]
) -> None:
    token = client.cookies[django_settings.CSRF_COOKIE_NAME].value
    wrong, asked = [], 0
    for route, method in unsafe(conf):
        if route.name in NO_FORM or set(route.predicates) <= PROGRAMS:
            continue
        where = address(route, values)
        for headers in ({}, {"HX-Request": "true"}):
            asked += 1
            if told(client, method, where, **headers) != "csrf-failed":
                wrong.append(f"{method} {where} {headers} did not want a token")
        # The other side: the same person with the token is not refused for that. Nothing that
        # logs out or deletes comes before the rest is asked: PUT and PATCH are taken nowhere here.
        if method == "PATCH" and told(client, method, where, **{"X-CSRFToken": token}) == (
            "csrf-failed"
        ):
            wrong.append(f"{method} {where} refused a good token")
    assert not wrong, "\n".join(wrong)
    assert asked > (50 if conf == "sovereign" else 200)


class Endless:
    """A body that never ends; it knows how much of it was read."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "read to its end, which it has none"
        self.taken += size
        return b"x" * size

    readline = read


def test_given_every_address_when_more_is_sent_than_it_takes_then_413_and_nothing_is_read(
    conf, values: dict[str, Any]
) -> None:
    wrong, asked = [], 0
    for route, method in unsafe(conf):
        body = Endless()
        answer = Client().generic(
            method, address(route, values), content_type="multipart/form-data; boundary=x",
            **{"CONTENT_LENGTH": str(MOST_BYTES + 1), "wsgi.input": body},
        )  # fmt: skip
        asked += 1
        if answer.status_code != 413 or body.taken:
            wrong.append(f"{method} {route.path}: {answer.status_code}, read {body.taken}")
    assert not wrong, "\n".join(wrong)
    assert asked > (50 if conf == "sovereign" else 200)
