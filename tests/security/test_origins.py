"""Check 1 (peers.md §5.2): handshakes and writes from our own pages only."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.test import Client

from catalyst.asgi import application
from catalyst.identity.models import Role, User
from tests.security.things import client_of

pytestmark = pytest.mark.django_db


def connects(user: User | None, *headers: tuple[bytes, bytes]) -> bool:
    cookies = client_of(user).cookies if user else {}
    name = django_settings.SESSION_COOKIE_NAME
    sent = [(b"cookie", f"{name}={cookies[name].value}".encode())] if user else []

    async def main() -> bool:
        socket = WebsocketCommunicator(
            application, "/ws/log/test:a@example.com", headers=[*sent, *headers]
        )
        accepted, _ = await socket.connect(timeout=10)
        await socket.disconnect()
        return bool(accepted)

    return async_to_sync(main)()


HOST = (b"host", b"console.example")
OWN = (b"origin", b"https://console.example")


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ([HOST, OWN], True),
        ([HOST, (b"origin", b"https://evil.example")], False),
        ([HOST, (b"origin", b"https://console.example:8443")], False),
        ([HOST, (b"origin", b"http://console.example")], False),
        ([HOST, (b"origin", b"https://console.example.evil.example")], False),
        ([HOST, (b"origin", b"null")], False),
        ([HOST], False),
        ([HOST, OWN, (b"origin", b"https://evil.example")], False),
        ([(b"host", b"evil.example"), (b"origin", b"https://evil.example")], False),
    ],
    ids=["own", "foreign", "port", "scheme", "longer", "null", "none", "two", "host"],
)
def test_01_given_a_handshake_when_its_origin_is_not_ours_then_refused(
    production, person, headers: list[tuple[bytes, bytes]], taken: bool
) -> None:
    assert connects(person("a@example.com"), *headers) is taken


@pytest.mark.parametrize("htmx", [False, True], ids=["form", "htmx"])
@pytest.mark.parametrize("token", [False, True], ids=["without", "with"])
def test_01_given_a_write_when_it_has_no_token_then_refused_htmx_or_not(
    person, htmx: bool, token: bool
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("a@example.com", Role.MEMBER))
    page = client.get("/account/sessions/").text
    headers = {"HX-Request": "true"} if htmx else {}
    if token:
        headers["X-CSRFToken"] = client.cookies[django_settings.CSRF_COOKIE_NAME].value
    answer = client.post("/account/password/", {"password": "x", "again": "x"}, headers=headers)
    assert answer.status_code == (422 if token else 403), page[:0]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver:81"])
def test_01_given_a_form_of_another_site_when_sent_with_a_token_then_refused(
    person, origin: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("a@example.com", Role.MEMBER))
    client.get("/account/password/")
    token = client.cookies[django_settings.CSRF_COOKIE_NAME].value
    answer = client.post("/logout/", headers={"X-CSRFToken": token, "Origin": origin})
    assert answer.status_code == 403
