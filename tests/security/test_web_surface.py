"""Checks 4, 5, 8 (peers.md §5.2): headers, cookies, sizes, redirects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, path

from catalyst.identity.models import Role
from catalyst.identity.permissions import names
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive
from catalyst.web.middleware import MOST_BYTES
from tests.security.things import client_of

pytestmark = pytest.mark.django_db
PAGES = ("/login/", "/redeem", "/nowhere", "/healthz", "/static/app.css", "/api/v1/deployments")
YEAR = 31_536_000


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """All come from one address; what they used up is forgotten."""
    yield
    for action in LIMITS:
        for key in ("address:127.0.0.1", "address:127.0.0.1 a@example.com"):
            forgive(action=action, key=key)


def secure(**options: Any) -> Client:
    return Client(SERVER_NAME="console.example", SERVER_PORT="443", **options)


def policy_of(answer: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


# --- 5: headers ----------------------------------------------------------------------------------


def test_05_given_https_when_answered_then_every_header_says_no_by_default(production) -> None:
    for place in PAGES:
        answer = secure().get(place, secure=True)
        policy = policy_of(answer)
        assert policy["default-src"] == "'none'", place
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert "unsafe" not in str(policy) and "*" not in str(policy)
        assert policy["connect-src"] == "'self' wss://console.example"
        assert policy["report-uri"] == "/csp-report" and policy["report-to"] == "csp"
        assert answer["Reporting-Endpoints"] == 'csp="/csp-report"'
        hsts = answer["Strict-Transport-Security"]
        assert int(re.search(r"max-age=(\d+)", hsts)[1]) >= YEAR and "includeSubDomains" in hsts
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer.get("X-Frame-Options") == "DENY" or place.startswith("/static/")
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        for feature in ("camera", "microphone", "geolocation", "usb", "payment"):
            assert f"{feature}=()" in answer["Permissions-Policy"]
        assert "Server" not in answer and "X-Powered-By" not in answer


def test_05_given_a_page_when_it_has_a_script_then_its_nonce_is_of_this_answer_only() -> None:
    nonces = {policy_of(Client().get("/login/"))["script-src"] for _ in range(3)}
    assert len(nonces) == 3 and all("'nonce-" in nonce for nonce in nonces)


def test_05_given_plain_http_when_asked_then_sent_to_https(production) -> None:
    answer = secure().get("/login/?next=/vouchers/")
    assert (answer.status_code, answer["Location"]) == (
        301,
        "https://console.example/login/?next=/vouchers/",
    )


def test_05_given_a_report_when_posted_then_in_the_log_without_queries_and_never_more(
    caplog,
) -> None:
    old = {
        "csp-report": {
            "effective-directive": "script-src",
            "blocked-uri": "https://evil.example/x.js?secret=canary",
            "document-uri": "https://console.example/redeem?code=canary#canary",
        }
    }
    new = [
        {
            "type": "csp-violation",
            "body": {
                "effectiveDirective": "img-src",
                "blockedURL": "inline",
                "documentURL": "https://user:canary@console.example/p",
            },
        }
    ]
    for body, kind in ((old, "application/csp-report"), (new, "application/reports+json")):
        answer = Client(enforce_csrf_checks=True).post(
            "/csp-report", json.dumps(body), content_type=kind
        )
        assert answer.status_code == 204
    said = "\n".join(str(line.msg) for line in caplog.records if "policy" in str(line.msg))
    assert "script-src" in said and "https://evil.example/x.js" in said
    assert "img-src" in said and "canary" not in said


@pytest.mark.parametrize("body", ["", "{", "[1, null, {}]", '{"csp-report": 7}', "[" * 20_000])
def test_05_given_an_odd_report_when_posted_then_no_server_error(body: str) -> None:
    answer = Client().post("/csp-report", body, content_type="application/csp-report")
    assert answer.status_code in (204, 400, 413)


def test_05_given_somebodys_page_when_answered_then_no_cache_keeps_it(person) -> None:
    client = client_of(person("a@example.com", Role.OPERATOR))
    for place in ("/account/sessions/", "/vouchers/", "/audit/", "/api/v1/deployments"):
        assert "no-store" in client.get(place)["Cache-Control"], place
    assert "no-store" not in Client().get("/nowhere").get("Cache-Control", "")


# --- 4: cookies ----------------------------------------------------------------------------------


def test_04_given_https_when_logged_in_then_cookies_are_host_bound_and_closed_to_scripts(
    production, person
) -> None:
    user = person("a@example.com", Role.MEMBER)
    user.set_password("correct horse battery")
    user.subject = user.email
    user.save()
    client = secure()
    client.get("/login/", secure=True)
    answer = client.post(
        "/login/",
        {"username": user.email, "password": "correct horse battery"},
        secure=True,
        headers={"Referer": "https://console.example/login/"},
    )
    assert answer.status_code == 302
    assert set(client.cookies) == {"__Host-session", "__Host-csrf"}
    for cookie in client.cookies.values():
        assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"
        assert cookie["path"] == "/" and not cookie["domain"]  # what `__Host-` demands


# --- sizes, hosts, redirects ---------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/login/", "/redeem", "/api/v1/deployments", "/nowhere"])
def test_given_a_body_of_more_than_the_limit_when_sent_then_413_and_not_read(place: str) -> None:
    class Unread:
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    answer = Client().generic(
        "POST", place, content_type="multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(MOST_BYTES + 1), "wsgi.input": Unread()},
    )  # fmt: skip
    assert answer.status_code == 413


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_given_a_form_that_does_not_say_how_long_it_is_when_sent_then_411(accept: str) -> None:
    answer = Client().generic(
        "POST", "/login/", b"x", CONTENT_LENGTH="",
        headers={"Transfer-Encoding": "chunked", "Accept": accept},
    )  # fmt: skip
    assert answer.status_code == 411


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "testserver@x"])
def test_given_a_foreign_host_header_when_asked_then_400(host: str) -> None:
    assert Client().get("/login/", headers={"Host": host}).status_code == 400


TARGETS = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "https:evil.example",
    "\t//evil.example",
    "/%0d%0aSet-Cookie:x",
)


@pytest.mark.parametrize("target", TARGETS)
def test_given_any_page_when_it_is_told_where_to_go_next_then_never_to_another_site(
    person, target: str
) -> None:
    """Every address without parameters, with every name such a target usually has."""
    client = client_of(person("all@example.com", *Role.values))
    names_of_it = ("next", "return", "return_to", "redirect", "url", "continue", "to")
    query = dict.fromkeys(names_of_it, target)
    for place in ("/login/", "/logout/", "/account/password/", "/redeem", "/redeem/done", "/"):
        for answer in (Client().get(place, query), client.get(place, query),
                       Client().post(place, query)):  # fmt: skip
            location = answer.get("Location", "")
            assert location.startswith("/") or not location, (place, location)
            assert not re.match(r"[/\\]{2}", location), (place, location)
            assert not set("\r\n") & set(location)


# --- 8: codes in addresses -----------------------------------------------------------------------


def test_08_given_a_code_in_the_address_when_opened_then_gone_from_it_at_once() -> None:
    client = Client()
    answer = client.get("/redeem?code=CANARY-CODE")
    assert answer.status_code == 302 and "CANARY" not in answer["Location"]
    assert answer["Referrer-Policy"] == "same-origin"


# --- the rest ------------------------------------------------------------------------------------


def test_given_a_view_that_breaks_when_asked_then_an_id_and_nothing_of_the_inside(settings) -> None:
    @names("anyone")
    def broken(request: Any) -> HttpResponse:
        raise RuntimeError("canary of the inside")

    class Conf:
        urlpatterns = [*get_resolver().url_patterns, path("broken", broken)]
        handler500 = "catalyst.web.errors.server_error"
        handler404 = "catalyst.web.errors.not_found"

    settings.ROOT_URLCONF = Conf
    for accept in ("text/html", "application/json"):
        answer = Client(raise_request_exception=False).get("/broken", headers={"Accept": accept})
        assert answer.status_code == 500
        assert "canary" not in answer.text and answer["X-Request-Id"] in answer.text
