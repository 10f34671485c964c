"""What stands for the Sovereign's name servers and gateway: every name below its domain leads to
one address, where a verified TLS connection gets the answer that the test chose for that host."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import dns.flags
import dns.message
import dns.rrset

FQDN = "omantel.example"


@dataclass
class Front:
    """`statuses`: host → what it answers; a host that is not in it gets 503, as from a gateway that
    has no such route. `everything`: what hosts that are not in it get in its place."""

    resolver: str
    authority: Path
    statuses: dict[str, int] = field(default_factory=dict)
    everything: int = 200

    def status(self, host: str) -> int:
        return self.statuses.get(host, self.everything)


@contextmanager
def front(address: str, resolver: str, folder: Path) -> Iterator[Front]:
    certificate, key = _certificate(folder)
    made = Front(resolver, certificate)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(made.status(self.headers.get("Host", "")))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    class Names(BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            asked = dns.message.from_wire(data)
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.RA
            (question,) = asked.question
            answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", address))
            socket.sendto(answer.to_wire(), self.client_address)

    pages = ThreadingHTTPServer((address, 443), Page)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    pages.socket = context.wrap_socket(pages.socket, server_side=True)
    names = ThreadingUDPServer((resolver, 53), Names)
    for server in (pages, names):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        for server in (pages, names):
            server.shutdown()
            server.server_close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """For every name below the domain, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"*.{FQDN}")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"*.{FQDN}")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (certificate := folder / "front.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (private := folder / "front.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
