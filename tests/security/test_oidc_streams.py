"""Check 1 (peers.md §5.2): who follows something live is still known to the issuer."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.test import Client

from catalyst.asgi import application
from catalyst.eventlog.consumers import NOT_LOGGED_IN
from catalyst.eventlog.reader import follow
from catalyst.eventlog.services import Line, append
from catalyst.identity.models import Role, User
from catalyst.identity.sessions import PATIENCE, open_among
from catalyst.models import IssuerLogin
from catalyst.problem import Forbidden
from tests.security.issuer import Issuer
from tests.security.things import client_of, late, session_of

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:member@example.com"
MOST_SECONDS = 30.0


@pytest.fixture
def inside(enter) -> Client:
    client = Client()
    enter(client)
    append(LOG, [Line("one")])
    return client


def test_01_given_nobody_asked_the_issuer_for_too_long_when_looked_at_then_not_open(
    inside: Client, person
) -> None:
    """However long the session's row would be good."""
    local = session_of(client_of(person("l@example.com", Role.MEMBER))).pk
    ours = session_of(inside).pk
    late(inside, PATIENCE - timedelta(minutes=1))
    assert open_among({ours, local}) == {ours, local}
    late(inside, PATIENCE + timedelta(seconds=1))
    assert open_among({ours, local}) == {local}


def first_word(client: Client) -> object:
    """What a new socket hears: the first lines, or the code it is closed with."""
    name = django_settings.SESSION_COOKIE_NAME
    headers = [
        (b"host", b"testserver"),
        (b"origin", b"http://testserver"),
        (b"cookie", f"{name}={client.cookies[name].value}".encode()),
    ]

    async def ask() -> object:
        socket = WebsocketCommunicator(application, f"/ws/log/{LOG}", headers=headers)
        assert (await socket.connect(timeout=MOST_SECONDS))[0]
        await socket.send_to(text_data='{"after": 0}')
        heard = await socket.receive_output(timeout=MOST_SECONDS)
        await socket.disconnect()
        if heard["type"] == "websocket.close":
            return heard["code"]
        return [entry["text"] for entry in json.loads(heard["text"])["entries"]]

    return async_to_sync(ask)()


def test_01_given_a_handshake_when_the_time_is_up_then_the_issuer_is_asked_first(
    issuer: Issuer, inside: Client
) -> None:
    assert first_word(inside) == ["one"] and issuer.grants == ["authorization_code"]
    late(inside)
    assert first_word(inside) == ["one"] and issuer.grants[1:] == ["refresh_token"]
    issuer.refresh.clear()  # ended there
    late(inside)
    assert first_word(inside) == NOT_LOGGED_IN
    assert not IssuerLogin.objects.exists()


def test_01_given_a_handshake_when_nobody_can_say_for_too_long_then_from_nobody(
    issuer: Issuer, inside: Client
) -> None:
    issuer.is_away = True
    late(inside)
    assert first_word(inside) == ["one"]
    late(inside, PATIENCE + timedelta(minutes=1))
    assert first_word(inside) == NOT_LOGGED_IN
    assert IssuerLogin.objects.exists()  # it waits for somebody who can


def test_01_given_an_open_stream_when_the_issuer_ends_the_log_in_then_asked_and_cut(
    issuer: Issuer, inside: Client
) -> None:
    """No request is made meanwhile: the stream itself has to ask, first with a good end."""
    user, key = User.objects.get(), session_of(inside).pk

    async def read() -> None:
        step = 0
        async for _ in follow(LOG, user_id=user.pk, session=key):
            if step == 0:
                await sync_to_async(late)(inside)
                step = 1
            elif step == 1 and len(issuer.grants) == 2:
                issuer.refresh.clear()
                await sync_to_async(late)(inside)
                step = 2

    async def within_bounds() -> None:
        async with asyncio.timeout(MOST_SECONDS):
            await read()

    with pytest.raises(Forbidden):
        async_to_sync(within_bounds)()
    assert issuer.grants == ["authorization_code", "refresh_token", "refresh_token"]
    assert not open_among({key})
