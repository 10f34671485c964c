"""What a Sovereign's machine meets: a console to call back and set TXT records at, and a domain.

Database, Redis, resolver and ACME server are those of the session's stack.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from catalyst.embedded.state import StackState
from tests.integration.internet.running import NameServer

EMAIL = "admin@omantel.example"


@dataclass
class World:
    """`names` serves the domain, but nobody finds it before `delegate`."""

    stack: StackState
    names: NameServer
    domain: str = field(default_factory=lambda: f"boot-{secrets.token_hex(4)}.works")
    deployment: str = field(default_factory=lambda: secrets.token_hex(8))
    bearer: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    acme_key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code_hash: str = field(
        default_factory=lambda: PBKDF2PasswordHasher().encode(secrets.token_hex(8), "salt-of-test"),
        repr=False,
    )
    calls: list[dict[str, Any]] = field(default_factory=list)
    refusals: int = 0
    txt: list[str] = field(default_factory=list)

    @property
    def fqdn(self) -> str:
        return f"omantel.{self.domain}"

    def start(self) -> None:
        self.ds = self.names.host(self.domain, "192.0.2.1")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def delegate(self) -> None:
        """From now on the domain is found from the root."""
        host = f"ns1.{self.domain}."
        body = {"nameservers": [host], "glue": {host: [self.names.address]}, "ds": self.ds}
        self._registry("PUT", f"/domains/{self.domain}", body)
        self._registry("POST", "/flush", {"name": self.domain})

    def _registry(self, method: str, path: str, body: Any) -> None:
        bearer = {"Authorization": f"Bearer {self.stack.registry_key}"}
        url = f"{self.stack.registry_url}{path}"
        answer = httpx.request(method, url, json=body, headers=bearer, trust_env=False)
        assert answer.is_success, answer.text

    def set_txt(self, value: str) -> None:
        """As acme-dns does it: the last two values are published."""
        self.txt = [*self.txt, value][-2:]
        values = [f'"{text}"' for text in self.txt]
        name = "_acme-challenge.omantel"
        self.names.util("replace-rrset", self.domain, name, "TXT", "1", *values)
        self.names.util("rectify-zone", self.domain)

    def machine(self, folder: Path) -> dict[str, Any]:
        """The configuration of machines in this world; its files are written to `folder`."""
        database, redis = folder / "database.url", folder / "redis.url"
        database.write_text(self.stack.machines_postgres_url or "")
        redis.write_text(self.stack.redis_url or "")
        return {
            "database_admin_url_file": str(database),
            "redis_url_file": str(redis),
            "ca_bundle": str(self.stack.ca_bundle),
            "resolver": self.stack.resolver,
        }

    def user_data(self) -> str:
        told = {
            "fqdn": self.fqdn,
            "deployment_id": self.deployment,
            "role": "control-plane",
            "owner_email": "owner@example.com",
            "callback": {
                "url": f"{self.url}/callback",
                "bearer_file": "/etc/catalyst/callback.bearer",
            },
            "acme": {
                "directory": self.stack.acme_directory,
                "email": "owner@example.com",
                "update_url": f"{self.url}/update",
                "username": "who",
                "subdomain": "where",
                "key_file": "/etc/catalyst/acme.key",
            },
            "first_admin": {"email": EMAIL, "code_hash": self.code_hash},
        }
        contents = {
            "/etc/catalyst/sovereign.json": json.dumps(told),
            "/etc/catalyst/callback.bearer": self.bearer,
            "/etc/catalyst/acme.key": self.acme_key,
        }
        files = [
            {"path": path, "permissions": "0600", "content": content}
            for path, content in contents.items()
        ]
        return "#cloud-config\n" + json.dumps({"write_files": files})


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(self.answer(body))
            self.end_headers()

        def answer(self, body: dict[str, Any]) -> int:
            if self.path == "/callback":
                if self.headers["Authorization"] != f"Bearer {world.bearer}":
                    return 401
                if world.refusals:
                    world.refusals -= 1
                    return 503
                world.calls.append(body)
                return 200
            known = (self.headers["X-Api-User"], self.headers["X-Api-Key"], body["subdomain"])
            if known != ("who", world.acme_key, "where"):
                return 401
            world.set_txt(body["txt"])
            return 200

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def name_server(network: IPv4Network, folder: Path) -> NameServer:
    return NameServer(str(network[53]), folder)
