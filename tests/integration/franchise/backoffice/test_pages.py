"""The back office opens for its staff in both roles, and shows only what each may see."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import Role, User, UserSession
from franchise.backoffice.places import PLACES
from franchise.mails.models import Mail

pytestmark = pytest.mark.django_db
LogIn = Callable[..., Client]
STAFF = [Role.SOVEREIGN_ADMIN, Role.OPERATOR]


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("conf", ["zero", "sovereign"])
def test_given_staff_when_every_section_is_opened_then_none_is_an_error(
    log_in: LogIn, settings: Any, role: str, conf: str
) -> None:
    """The earlier system's sovereign-admin landed on a box with an error in it."""
    settings.ROOT_URLCONF = import_module(f"catalyst.urls_{conf}").__name__
    client = log_in(role)
    home = client.get("/backoffice/")
    assert home.status_code == 200
    shown = re.findall(r'<h2[^>]*><a href="([^"]+)"', home.text)
    assert {"/vouchers/", "/audit/", "/backoffice/team/", "/backoffice/mails/"} <= set(shown)
    for url in shown:
        answer = client.get(url)
        assert answer.status_code == 200, url


@pytest.mark.parametrize(
    ("roles", "home"),
    [
        ([Role.SOVEREIGN_ADMIN], "/backoffice/"),
        ([Role.OPERATOR], "/sovereign/"),
        ([Role.MEMBER], "/sovereign/"),
        ([Role.MEMBER, Role.SOVEREIGN_ADMIN], "/sovereign/"),
    ],
)
def test_given_a_person_when_logging_in_then_on_a_page_they_may_see(
    log_in: LogIn, settings: Any, roles: list[str], home: str
) -> None:
    answer = log_in(*roles).get(settings.LOGIN_REDIRECT_URL)
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert log_in(*roles).get(home).status_code == 200


def test_given_a_customer_when_logging_in_then_no_page_of_the_staff(log_in: LogIn) -> None:
    customer = log_in(Role.ORG_OWNER)
    landing = customer.get("/home/", follow=True)
    assert landing.status_code == 200
    assert "/backoffice/" not in landing.text
    assert customer.get("/backoffice/").status_code == 403


def test_given_a_section_when_its_address_is_nowhere_then_it_is_not_shown(
    seller: Client, settings: Any
) -> None:
    class Conf:
        from catalyst.urls_zero import urlpatterns as all_of_them

        urlpatterns = [p for p in all_of_them if "franchise" not in str(p)]

    from franchise.backoffice.places import places_for

    settings.ROOT_URLCONF = Conf
    person = User.objects.get(roles=[Role.SOVEREIGN_ADMIN])
    assert {p.url for p in places_for(person, path="/")} < {p.url for p in PLACES}
    assert [p.url for p in places_for(person, path="/")] == ["/audit/"]


def test_given_a_page_of_a_section_when_opened_then_its_place_is_marked(seller: Client) -> None:
    page = seller.get("/backoffice/team/").text
    marked = re.findall(r'href="([^"]+)" aria-current="page"', page)
    assert marked == ["/backoffice/team/"] * 2  # on a desk, and in the phone's menu
    assert re.search(r'href="/backoffice/" aria-current="true"', page)  # the main navigation


def test_given_colleagues_when_the_team_is_looked_at_then_roles_sessions_and_where_roles_come_from(
    log_in: LogIn, settings: Any
) -> None:
    here = log_in(Role.SOVEREIGN_ADMIN)
    User.objects.create(subject="gone@x.example", email="gone@x.example", roles=[Role.OPERATOR],
                        is_active=False)  # fmt: skip
    User.objects.create(subject="c@x.example", email="c@x.example", roles=[Role.MEMBER])
    away = User.objects.create(subject="a@x.example", email="a@x.example", roles=[Role.OPERATOR])
    UserSession.objects.create(
        pk=uuid.uuid4().hex, user=away, expire_date=timezone.now() - timedelta(hours=1),
        seen_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    here.get("/backoffice/")
    page = here.get("/backoffice/team/").text
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", page, re.S)[1:]]
    assert len(rows) == 3
    assert "(you)" in rows[0] and rows[0].strip().endswith("1")
    assert "a@x.example" in rows[1] and "not logged in" in rows[1]
    assert "gone@x.example" in rows[2] and "Switched off" in rows[2]
    assert "no Keycloak" in page
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"oidc_issuer": "https://id.example/realms/x"}
    )
    page = here.get("/backoffice/team/").text
    assert "https://id.example/realms/x" in page and "no Keycloak" not in page


def test_given_mails_when_listed_then_filtered_paged_by_key_and_nothing_of_their_words(
    seller: Client,
) -> None:
    for number in range(60):
        Mail.objects.create(
            kind="invoice", to=f"r{number % 2}@x.example", key=str(number),
            message_id=f"<{number}@x>", context={"number": "canary-words"},
        )  # fmt: skip
    first = seller.get("/backoffice/mails/?state=promised")
    assert first.text.count('id="mail-') == 50
    assert "canary-words" not in first.text
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    second = seller.get("/backoffice/mails/" + older[1].replace("&amp;", "&"))
    assert second.text.count('id="mail-') == 10
    assert "state=promised" in older[1]
    assert seller.get("/backoffice/mails/?to=R1@x.example").text.count('id="mail-') == 30
    assert "No such mail" in seller.get("/backoffice/mails/?kind=invite").text
    assert seller.get("/backoffice/mails/?state=lost").status_code == 422
    assert seller.get("/backoffice/mails/?before=x").status_code == 422
