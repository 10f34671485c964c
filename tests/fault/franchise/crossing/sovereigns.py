"""Two Sovereigns: each a process with a database of its own and a console that answers over TLS."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import connections
from psycopg import sql

from tests.fault.catalyst.processes import Process

# Answers its peers over TLS and does what it is told by a line of JSON: name and values.
SOVEREIGN = """
import json, ssl, threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application

name, certificate, authority = json.loads(os.environ["SOVEREIGN"])
settings.CATALYST = settings.CATALYST.model_copy(update={
    "sovereign_fqdn": name, "ca_bundle": Path(authority), "balancer_ranges": ("127.0.0.0/8",),
})
settings.ALLOWED_HOSTS = ["127.0.0.1"]
server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.set_app(get_wsgi_application())
threading.Thread(target=server.serve_forever, daemon=True).start()

from tests.fault.franchise.crossing import acts
say(f"https://127.0.0.1:{server.server_address[1]}")
for line in sys.stdin:
    act, values = json.loads(line)
    try:
        say(json.dumps(["done", getattr(acts, act)(**values)]))
    except Exception as error:
        say(json.dumps(["raised", type(error).__name__]))
"""


class Raised(Exception):
    """The name of what an act raised in the Sovereign's own process."""


class Sovereign:
    """`url`: where its console answers."""

    def __init__(self, name: str, started: Process, url: str) -> None:
        self.name, self.process, self.url = name, started, url

    def __getattr__(self, act: str) -> Any:
        def ask(**values: Any) -> Any:
            self.process.tell(json.dumps([act, values]))
            how, answer = json.loads(self.process.line(seconds=90))
            if how == "raised":
                raise Raised(answer)
            return answer

        return ask


@contextmanager
def sovereign(name: str, place: Path) -> Iterator[Sovereign]:
    """With a copy of the test's empty database. `place` holds the authority that both believe."""
    database = f"sovereign_{uuid.uuid4().hex[:12]}"
    _have(database, copy_of=str(connections["default"].settings_dict["NAME"]))
    os.environ["SOVEREIGN"] = json.dumps(
        [name, str(place / "server.pem"), str(place / "authority.pem")]
    )
    started = Process(SOVEREIGN, database=database)
    try:
        yield Sovereign(name, started, started.line())
    finally:
        started.popen.kill()
        started.popen.wait(timeout=30)
        _drop(database)


def _have(database: str, *, copy_of: str) -> None:
    connections.close_all()  # a template that somebody uses cannot be copied
    _run(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(database), sql.Identifier(copy_of)
        )
    )


def _drop(database: str) -> None:
    _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def _run(statement: sql.Composed) -> None:
    values = settings.DATABASES["default"]
    with psycopg.connect(
        host=values["HOST"], port=values["PORT"] or None, user=values["USER"],
        password=values["PASSWORD"], dbname="postgres", autocommit=True,
    ) as connection:  # fmt: skip
        connection.execute(statement)


def authority(place: Path) -> None:
    """An authority, and a certificate of it for 127.0.0.1."""
    root = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Two Sovereigns")])
    now = datetime.datetime.now(datetime.UTC)
    ours = _certificate(name, name, root, now).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    signed = ours.sign(root, hashes.SHA256())
    (place / "authority.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    leaf = ec.generate_private_key(ec.SECP256R1())
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "console")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        _certificate(server, name, leaf, now)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False
        )
        .sign(root, hashes.SHA256())
    )
    (place / "server.pem").write_bytes(
        leaf.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
