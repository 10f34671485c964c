"""A machine that executes what our module tells it, and kubectl to judge its cluster."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
from hcloud import Client
from hcloud.servers import Server

from tests.integration.infra.rendered import UserData
from tests.integration.localcloud.flux.running import Supply
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.user_data.console import Console

KUBECTL = Path(sys.executable).with_name("kubectl")
BOOT_SECONDS = 150.0


def sources(supply: Supply) -> dict[str, object]:
    """Where Flux reads and charts come from, as variables of the module."""
    return {
        "gitops_repo_url": f"{supply.git}/sovereign.git",
        "chart_registry": f"{supply.registry}/openova-io",
        "chart_registry_insecure": True,
    }


@dataclass
class Booted:
    cloud: LocalCloud
    client: Client
    console: Console
    server: Server
    told: UserData
    seen: set[str]

    @property
    def root(self) -> Path:
        return self.cloud.machine_dir(self.server.id) / "root"

    @property
    def said(self) -> str:
        return (self.cloud.machine_dir(self.server.id) / "console.log").read_text()

    @property
    def phase(self) -> str:
        return str(self.cloud.machine_status(self.server.id).get("phase"))

    def look(self) -> bool:
        """Whether the boot is over; keeps every command line of any process on the way."""
        for process in psutil.process_iter(["cmdline"]):
            self.seen.add(" ".join(process.info["cmdline"] or []))
        return self.phase in ("running", "first boot failed")


def kubectl(kubeconfig: Path, *argv: str, told: str = "") -> str:
    """`told`: what it reads from its standard input."""
    asked = [str(KUBECTL), "--kubeconfig", str(kubeconfig), *argv]
    answer = subprocess.run(
        asked, input=told, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def uid_of_cluster(kubeconfig: Path) -> str:
    """Nothing while it does not answer."""
    asked = ("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    argv = [str(KUBECTL), "--kubeconfig", str(kubeconfig), "--request-timeout=5s", *asked]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False).stdout
