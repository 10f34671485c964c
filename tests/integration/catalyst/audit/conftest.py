"""Events to seal, a second database role, and a collector that speaks HTTPS."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from psycopg import sql

from catalyst.audit.services import record
from catalyst.embedded.state import StackState
from catalyst.models import AuditEvent
from infra.localcloud.machines.control_plane.pki import Pki
from tests.integration.internet.running import serving


@pytest.fixture
def act() -> Callable[..., AuditEvent]:
    def make(number: int = 1, **changes: object) -> AuditEvent:
        values = {"actor": "x", "act": "test.act", "object": f"thing:{number}", **changes}
        if address := values.pop("address", None):
            values["request"] = RequestFactory().get("/", REMOTE_ADDR=address)
        with transaction.atomic():
            return record(**values)

    return make


@pytest.fixture(scope="session")
def app_role(django_db_setup: None) -> Iterator[tuple[str, str]]:
    """A real role with a password that owns nothing, as web and workers use in production."""
    name, password = f"audit_test_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    url = StackState.load().postgres_superuser_url
    assert url
    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER PASSWORD {}")
    with psycopg.connect(url, autocommit=True) as root:
        root.execute(statement.format(sql.Identifier(name), sql.Literal(password)))
        yield name, password
        # Its rights are in the tests' database, which is still there.
        tests = connection.settings_dict["NAME"]
        with psycopg.connect(url, dbname=tests, autocommit=True) as there:
            there.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        root.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@contextmanager
def connected_as(role: tuple[str, str]) -> Iterator[None]:
    """Django's own connection under another role."""
    kept = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=role[0], PASSWORD=role[1])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


@dataclass
class Collector:
    """What came in. `answers`: the next statuses; 204 when there are none left."""

    url: str
    ca_bundle: Path
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [line for body in self.bodies for line in body.splitlines()]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("collector"))


@pytest.fixture
def collector(pki: Pki) -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = found.answers.pop(0) if found.answers else 204
            found.headers.append(dict(self.headers))
            if status == 204:
                found.bodies.append(body)
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "https://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    own = pki.leaf("collector", authority=pki.server, user="collector", hosts=("127.0.0.1",))
    with serving(Handler, pair=(own.certificate, own.key)) as port:
        found = Collector(f"https://127.0.0.1:{port}/lines", pki.server.certificate)
        yield found
