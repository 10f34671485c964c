"""Every page of both roles: strict headers, nothing inline, errors with an id."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from catalyst.identity.models import Role

pytestmark = pytest.mark.django_db
ROLES = {"zero": "catalyst.urls_zero", "sovereign": "catalyst.urls_sovereign"}
ERRORS = ["/nowhere", "/organizations/?before=x"]


def paths(resolver: URLResolver, prefix: str = "") -> list[str]:
    """Every address that needs no argument."""
    found = []
    for part in resolver.url_patterns:
        path = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            found += paths(part, path)
        elif isinstance(part, URLPattern) and not re.search(r"[<\\^$]", path):
            found.append(f"/{path}")
    return found


class Inline(HTMLParser):
    """Collects what a policy without `unsafe-inline` would block, foreign hosts, and own links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = given.get("type", "")
        is_code = kind in ("", "module", "text/javascript")
        if tag == "style" or (tag == "script" and is_code and not given.get("src")):
            self.found.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(f"{tag} {name}={value}")
            if name in ("src", "action", "srcset") and re.match(r"(?:https?:)?//", value or ""):
                self.found.append(f"{tag} {name}={value}")
        if tag == "a" and re.match(r"/(?!/|static/)", given.get("href") or ""):
            self.links.append(str(given["href"]))
        if tag == "link" and re.match(r"(?:https?:)?//", given.get("href") or ""):
            self.found.append(f"link {given['href']}")


@pytest.fixture(params=sorted(ROLES))
def role(request, settings) -> str:
    settings.ROOT_URLCONF = ROLES[request.param]
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"role": request.param, "sovereign_fqdn": "a.omani.works"}
    )
    return request.param


def test_given_every_page_when_shown_to_all_kinds_of_people_then_nothing_inline_or_foreign(
    role: str, person, log_in
) -> None:
    everyone = person("all@example.com", *Role.values)
    shown: set[str] = set()
    for client in (Client(), log_in(everyone)):
        seen: set[str] = set()
        to_see = [*paths(get_resolver()), *ERRORS]
        while to_see:
            path = to_see.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code != 500, path
            if answer.get("Content-Type", "").startswith("text/html") and answer.content:
                parser = Inline()
                parser.feed(answer.text)
                assert parser.found == [], path
                to_see += parser.links
                shown.add(path)
    assert {"/redeem", "/login/", "/vouchers/", "/account/password/"} <= shown
    assert {"/organizations/mine/", "/backoffice/organizations/"} <= shown


def test_given_any_answer_when_looked_at_then_the_policy_allows_no_inline_and_no_third_party(
    role: str,
) -> None:
    for path in ("/redeem", "/login/", "/nowhere", "/healthz"):
        answer = Client().get(path)
        policy = dict(
            part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in str(policy)
        assert not re.search(r"https?:|\*", str({**policy, "connect-src": ""}))
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert re.fullmatch(r"[0-9a-f-]{36}", answer["X-Request-Id"])


def test_given_two_requests_when_answered_then_each_has_its_own_nonce_and_id(role: str) -> None:
    one, other = Client().get("/redeem"), Client().get("/redeem")
    assert one["Content-Security-Policy"] != other["Content-Security-Policy"]
    assert one["X-Request-Id"] != other["X-Request-Id"]


def test_given_an_unknown_address_when_asked_for_then_a_page_or_a_problem_document_with_the_id(
    role: str,
) -> None:
    page = Client().get("/nowhere", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert page["X-Request-Id"] in page.text
    document = Client().get("/nowhere", headers={"accept": "application/json"})
    assert document["Content-Type"] == "application/problem+json"
    assert document.json()["instance"] == document["X-Request-Id"]
    assert document.json()["type"] == "not-found"
