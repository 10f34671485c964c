"""A console over HTTPS that machines call back, with an authority of its own and a name in DNS."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path

from infra.localcloud.machines.control_plane.pki import Pki
from tests.integration.internet.running import NameServer

ZONE = "openova.test"


@dataclass
class Console:
    """`heard`: method, path and body of all that came with the right bearer."""

    network: IPv4Network
    folder: Path
    bearer: str
    heard: list[tuple[str, str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        pki = Pki(self.folder / "tls")
        self.ca_bundle = pki.server.certificate
        self.url = f"https://www.{ZONE}"
        pair = pki.leaf("console", authority=pki.server, user="console", hosts=(f"www.{ZONE}",))
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(pair.certificate, pair.key)
        (self.folder / "dns").mkdir()
        self.names = NameServer(str(self.network[53]), self.folder / "dns")

    def start(self) -> None:
        address = str(self.network[30])
        self.names.start()
        self.names.host(ZONE, address)
        self.server = ThreadingHTTPServer((address, 443), _handler(self))
        self.server.socket = self._tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.names.stop()


def _handler(console: Console) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = self.headers["Authorization"] == f"Bearer {console.bearer}"
            if known:
                console.heard.append((self.command, self.path, body))
            self.send_response(204 if known else 401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
