"""A copy of the module, good values for its variables, and the pinned tofu to judge it with."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "infra" / "hetzner"
KIT = json.loads((MODULE / "kit.tf.json").read_text())["locals"]["kit"]
OPTIONAL = sorted(name for name, each in KIT.items() if not each["mandatory"])
BALANCER_IPS = ["203.0.113.7", "2001:db8::7"]
SECRET_VARIABLES = {
    "k3s_token": "k3s-join-token-" + "x" * 30,
    "callback_bearer": "callback-bearer-" + "x" * 30,
    "acme_key": "acme-key-" + "x" * 30,
    "first_admin_code_hash": "pbkdf2_sha256$1000000$abcdEFGH$" + "A" * 43 + "=",
}
VARIABLES: dict[str, Any] = {
    "sovereign_fqdn": "omantel.omani.works",
    "deployment_id": "0193a5c2-7d7a-7c4f-9d3e-2f3c1b6a9e01",
    "owner_email": "owner@omantel.example",
    "region": "nbg1",
    "control_plane_size": "cx43",
    "worker_count": 3,
    "worker_size": "cx33",
    "ssh_public_key": (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMz9vKmZyN4JMZpPGV6Vn8bTzE6LJr1GmJvbDFXxcXrw owner"
    ),
    "k3s_version": "v1.31.4+k3s1",
    "k3s_sha256": {"amd64": "0" * 64, "arm64": "1" * 64},
    "callback_url": "https://console.openova.io/api/v1/deployments/1/callback",
    "kubeconfig_url": "https://console.openova.io/api/v1/deployments/1/kubeconfig",
    "acme_directory": "https://acme.example/directory",
    "acme_email": "owner@omantel.example",
    "acme_update_url": "https://console.openova.io/acme/update",
    "acme_username": "omantel",
    "acme_subdomain": "omantel",
    "first_admin_email": "admin@omantel.example",
    "components": OPTIONAL,
}


def tool(name: str) -> str:
    """Path of a pinned tool; `make test` has fetched it before."""
    asked = [sys.executable, str(ROOT / "infra" / "tools" / "fetch.py"), "path", name]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


@dataclass(frozen=True, slots=True)
class Module:
    """A copy of the module, initialised."""

    path: Path
    tofu: str
    environment: dict[str, str]

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.tofu, *arguments],
            cwd=self.path,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def evaluate(self, expression: str, **changed: Any) -> Any:
        """The value of a non-sensitive expression of the module under changed variables."""
        values = self.path / "terraform.tfvars.json"
        values.write_text(json.dumps({**VARIABLES, **SECRET_VARIABLES, **changed}))
        shown = self.run("console", stdin=f"jsonencode({expression})\n")
        assert shown.returncode == 0, shown.stderr
        return json.loads(json.loads(shown.stdout))
