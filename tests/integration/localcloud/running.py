"""A local cloud as its own process, and what one asks of it from outside."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx
from hcloud import Client

from tests.integration.internet.running import DEADLINE, ROOT, free_port, until


@dataclass
class LocalCloud:
    """`python -m infra.localcloud` on a range and a folder; `machine` adds to its configuration."""

    network: IPv4Network
    directory: Path
    action_seconds: float = 0.05
    machine: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.api_port, self.admin_port = free_port(), free_port()
        self.endpoint = f"http://127.0.0.1:{self.api_port}/v1"
        self.admin = f"http://127.0.0.1:{self.admin_port}"
        self.key = secrets.token_urlsafe(32)
        self.state = self.directory / "state"
        (self.directory / "key").write_text(self.key)
        self.config = self.directory / "localcloud.json"
        machine = {"boot": "process", "python": sys.executable, "app_dir": str(ROOT)}
        document = {
            "state_dir": str(self.state),
            "range": str(self.network),
            "api": {"host": "127.0.0.1", "port": self.api_port},
            "admin": {
                "host": "127.0.0.1",
                "port": self.admin_port,
                "key_file": str(self.directory / "key"),
            },
            "action_seconds": self.action_seconds,
            "machine": machine | self.machine,
        }
        self.config.write_text(json.dumps(document))

    def start(self) -> None:
        command = [sys.executable, "-m", "infra.localcloud", "--config", str(self.config)]
        log = (self.directory / "localcloud.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until(self.is_well)

    def is_well(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.directory / "localcloud.log").read_text()
        try:
            return httpx.get(f"{self.admin}/healthz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(DEADLINE)

    def ask_admin(self, method: str, path: str, **keywords: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.request(
            method, f"{self.admin}{path}", headers=headers, trust_env=False, **keywords
        )

    def project(self) -> int:
        """A new, empty one."""
        made = self.ask_admin("POST", "/projects", json={"name": secrets.token_hex(4)})
        assert made.status_code == 201, made.text
        return int(made.json()["id"])

    def token(self, project: int, access: str = "rw") -> str:
        made = self.ask_admin("POST", f"/projects/{project}/tokens", json={"access": access})
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    def client(self, token: str | None = None) -> Client:
        """The vendor's library, by default in a project of its own."""
        return Client(
            token=token or self.token(self.project()),
            api_endpoint=self.endpoint,
            poll_interval=0.05,
        )

    def call(self, method: str, path: str, *, token: str, **keywords: Any) -> httpx.Response:
        """The bare API, for what the vendor's library would not send."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(
            method, f"{self.endpoint}{path}", headers=headers, trust_env=False, **keywords
        )

    def machine_status(self, server_id: int) -> dict[str, Any]:
        listed = self.ask_admin("GET", "/machines").json()["machines"]
        found: dict[str, Any] = next((m for m in listed if m["id"] == server_id), {})
        return found

    def machine_dir(self, server_id: int) -> Path:
        return self.state / "machines" / str(server_id)
