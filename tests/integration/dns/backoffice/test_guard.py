"""Every page of this room is for operators only, and never comes from a cache."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from catalyst.identity.models import Role
from dns.backoffice.urls import urlpatterns

pytestmark = pytest.mark.django_db
VALUES = {
    "allocation_id": uuid.uuid4(), "token_id": uuid.uuid4(), "domain": "omani.works", "word": "api"
}  # fmt: skip
OTHERS = tuple(role for role in Role if role != Role.OPERATOR)


def address(pattern: URLPattern) -> str:
    wanted = pattern.pattern.converters
    return reverse(str(pattern.name), kwargs={name: VALUES[name] for name in wanted})


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_given_no_operator_when_any_page_is_asked_for_then_refused(
    log_in: Callable[..., Client], pattern: URLPattern
) -> None:
    url = address(pattern)
    member = log_in(*OTHERS)
    for method in ("get", "post"):
        stranger = getattr(Client(), method)(url)
        assert stranger.status_code == 302 and stranger["Location"].startswith("/login")
        assert getattr(member, method)(url).status_code == 403


def test_given_an_operator_when_a_page_is_read_then_it_may_not_be_kept(operator: Client) -> None:
    assert "no-store" in operator.get("/domains/tokens/")["Cache-Control"]


def test_given_a_form_from_elsewhere_when_sent_then_refused(operator: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post("/domains/drift/look/").status_code == 403
