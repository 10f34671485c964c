"""A stack of its own whose machines are clusters, and what one does with one from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import psutil

from catalyst.embedded import profile
from catalyst.embedded.state import StackState
from tests.integration.localcloud.flux.running import Checkout, git
from tests.integration.localcloud.outage import kept_dead
from tests.integration.localcloud.user_data.booted import kubectl
from tests.plugins.backing_stack import ROOT


@dataclass(frozen=True)
class Stack:
    """Started by its command line, as a person would; `state` is what it decided."""

    folder: Path
    network: IPv4Network

    @property
    def state(self) -> StackState:
        return StackState.load(self.folder)

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "CATALYST_STATE_DIR": str(self.folder),
            "CATALYST_PUBLIC_RANGE": str(self.network),
            "CATALYST_CLUSTER": "true",
        }
        return subprocess.run(
            [sys.executable, "-m", "catalyst.embedded", *argv],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def pid(self, service: str) -> int:
        return int((self.folder / "run" / f"{service}.pid").read_text())

    def memory(self) -> int:
        """MB that all of its processes take together, what they share counted once (PSS)."""
        keeper = json.loads((self.folder / "run/status.json").read_text())["keeper"]
        total = 0
        for process in (top := psutil.Process(keeper), *top.children(recursive=True)):
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total >> 20

    @contextmanager
    def without(self, *services: str) -> Iterator[None]:
        """While these programs, and what they have started, do nothing."""
        found = []
        for service in services:
            process = psutil.Process(self.pid(service))
            found += [process, *process.children(recursive=True)]
        for process in found:
            process.suspend()
        try:
            yield
        finally:
            for process in found:
                process.resume()

    def api_server_dead(self) -> AbstractContextManager[list[int]]:
        """While the API server of its machine is killed, however often it is started anew."""
        return kept_dead(psutil.Process(self.pid("localcloud")), "kube-apiserver")

    def tree(self, folder: Path) -> Checkout:
        """A clone of the tree that Sovereigns of this stack begin with."""
        checkout = Checkout(folder, profile.tree_url(self.state))
        done = git("clone", "--quiet", checkout.url, str(folder))
        assert done.returncode == 0, done.stderr
        return checkout

    @property
    def push_key(self) -> str:
        return (self.folder / "secrets/supply").read_text().strip()


@dataclass(frozen=True)
class Kubectl:
    """As the owner who downloaded the kubeconfig."""

    kubeconfig: Path

    def __call__(self, *argv: str, told: str = "") -> str:
        return kubectl(self.kubeconfig, *argv, told=told)

    def items(self, *argv: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("get", *argv, "-o", "json"))["items"]
        return found

    def hurry(self, *kustomizations: str) -> None:
        """What a push's notice would do: have Flux look now and not within a minute."""
        for what in ("gitrepository/sovereign", *(f"kustomization/{k}" for k in kustomizations)):
            mark = f"reconcile.fluxcd.io/requestedAt={os.urandom(8).hex()}"
            self("-n", "flux-system", "annotate", "--overwrite", what, mark)
