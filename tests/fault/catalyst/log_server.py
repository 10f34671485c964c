"""A real Daphne on the test's database, and people with real WebSocket and HTTP clients at it.

Who may read a log `test:<word>`: whoever has that word as a role, or as e-mail address.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings
from django.test import Client
from websockets.sync.client import ClientConnection, connect

from catalyst.identity.models import User
from tests.fault.catalyst.processes import Process, process
from tests.integration.internet.running import free_port

START_SECONDS = 60.0
CODE = """
from catalyst.eventlog.services import permit
permit("test", lambda user, key: key == user.email or key in user.roles)
from daphne.cli import CommandLineInterface
CommandLineInterface().run(
    ["--bind", "127.0.0.1", "--port", "{port}", "--verbosity", "0", "catalyst.asgi:application"]
)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and the process."""

    port: int
    process: Process

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cookie(self, user: User) -> dict[str, str]:
        client = Client()
        client.force_login(user)
        return self.cookies_of(client)

    def cookies_of(self, client: Client) -> dict[str, str]:
        name = settings.SESSION_COOKIE_NAME
        return {"Cookie": f"{name}={client.cookies[name].value}"}

    def socket(
        self, who: User | Client, subject: str, *, origin: str | None = "", **options: Any
    ) -> ClientConnection:
        """A connection that said nothing yet. `who`: a person, or a browser with its cookies.
        `origin` is the site's own unless given."""
        cookies = self.cookies_of(who) if isinstance(who, Client) else self.cookie(who)
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/log/{subject}",
            origin=self.site if origin == "" else origin,  # type: ignore[arg-type]
            additional_headers=cookies,
            max_size=None,
            proxy=None,
            compression=None,
            **options,
        )

    def http(self, user: User) -> httpx.Client:
        return httpx.Client(
            base_url=self.site, headers=self.cookie(user), timeout=60, trust_env=False
        )


@contextmanager
def server() -> Iterator[Server]:
    port = free_port()
    with process(CODE.format(port=port)) as started:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline and started.popen.poll() is None
                time.sleep(0.05)
        yield Server(port, started)


def take(connection: ClientConnection, count: int, seconds: float = 60) -> list[dict[str, Any]]:
    """The next entries, in order; raises TimeoutError when fewer than `count` come in time."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + seconds
    while len(found) < count:
        message = connection.recv(timeout=max(0.0, deadline - time.monotonic()))
        found += json.loads(message)["entries"]
    return found
