"""Events to seal, a second database role, and a collector that speaks HTTPS."""

from __future__ import annotations

import secrets
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection, transaction
from django.test import RequestFactory
from psycopg import sql

from catalyst.audit.services import record
from catalyst.embedded.state import StackState
from catalyst.models import AuditEvent


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
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "collector")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("collector")
    pem, private = folder / "ca.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, private


@pytest.fixture
def collector(authority: tuple[Path, Path]) -> Iterator[Collector]:
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

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*authority)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    found = Collector(f"https://127.0.0.1:{server.server_port}/lines", authority[0])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
