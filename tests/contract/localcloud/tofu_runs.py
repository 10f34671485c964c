"""OpenTofu with the vendor's provider, on a module of its own and a project of the local cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.internet.running import ROOT
from tests.integration.localcloud.running import LocalCloud

NO_CHANGE, CHANGES = 0, 2  # `tofu plan -detailed-exitcode`


@dataclass(frozen=True)
class Tofu:
    program: str
    folder: Path
    env: dict[str, str]

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = {**self.env, **{f"TF_VAR_{name}": value for name, value in variables.items()}}
        command = [self.program, f"-chdir={self.folder}", *words]
        return subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    def must(self, *words: str, **variables: str) -> str:
        done = self.run(*words, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def apply(self, **variables: str) -> str:
        return self.must("apply", "-auto-approve", "-input=false", "-no-color", **variables)

    def differs(self, **variables: str) -> str:
        """What a plan would change; empty when nothing."""
        done = self.run("plan", "-detailed-exitcode", "-no-color", **variables)
        assert done.returncode in (NO_CHANGE, CHANGES), done.stdout + done.stderr
        return "" if done.returncode == NO_CHANGE else done.stdout

    def state(self) -> list[dict[str, Any]]:
        """Everything managed, as `tofu show -json` has it."""
        root = json.loads(self.must("show", "-json"))["values"]["root_module"]["resources"]
        return [row for row in root if row["mode"] == "managed"]

    def resources(self) -> dict[str, str]:
        """Address → id of everything in the state."""
        return {row["address"]: row["values"]["id"] for row in self.state()}

    def beside(self, folder: Path, *, token: str | None = None) -> Tofu:
        """The same on another folder, or for another token."""
        env = self.env if token is None else {**self.env, "HCLOUD_TOKEN": token}
        return Tofu(self.program, folder, env)


def ready(module: Path, folder: Path, cloud: LocalCloud, token: str, **variables: str) -> Tofu:
    """A copy of the module in the folder, initialised."""
    (folder / "main.tf").write_bytes(module.read_bytes())
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "HCLOUD_TOKEN": token,
        "HCLOUD_ENDPOINT": cloud.endpoint,
        "TF_CLI_CONFIG_FILE": _pinned("tofurc"),
        "TF_IN_AUTOMATION": "1",
        **{f"TF_VAR_{name}": value for name, value in variables.items()},
    }
    tofu = Tofu(_pinned("tofu"), folder, env)
    tofu.must("init", "-input=false")
    return tofu


def _pinned(name: str) -> str:
    asked = [sys.executable, str(ROOT / "infra" / "tools" / "fetch.py"), "path", name]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
