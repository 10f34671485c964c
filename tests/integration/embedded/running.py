"""A stack of its own for a test: driven by its command line, its processes counted in /proc."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalyst.embedded import processes
from catalyst.embedded.control import Stack
from catalyst.embedded.state import BASE_DIR, StackState
from catalyst.embedded.status import ServiceStatus

SECONDS = 60


@contextmanager
def short_folder() -> Iterator[Path]:
    """A temporary folder with a short name: unix sockets below it may have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="stack") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as a user of its own
        yield Path(folder)


@dataclass(frozen=True)
class RunningStack:
    """The stack of one state folder, started or not; `seconds` at most for one command."""

    state_dir: Path
    seconds: float = SECONDS

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "catalyst.embedded", *words]

    @property
    def env(self) -> dict[str, str]:
        chosen = {"CATALYST_STATE_DIR": str(self.state_dir), "CATALYST_STACK_FSYNC": "off"}
        ours = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**ours, **chosen}

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            cwd=BASE_DIR,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=self.seconds,
            check=False,
        )

    def up(self, *only: str, **env: str) -> None:
        done = self.run("up", "--detach", "--only", ",".join(only), **env)
        assert done.returncode == 0, done.stdout + done.stderr

    def foreground(self, *only: str) -> subprocess.Popen[str]:
        """`up` as on a terminal; gives it once everything is up."""
        program = subprocess.Popen(
            self.command("up", "--only", ",".join(only)),
            cwd=BASE_DIR,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert program.stdout is not None
        lines = []
        for line in program.stdout:
            lines.append(line)
            if line.strip().startswith("up in"):
                return program
        raise AssertionError("".join(lines))

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return document

    def service(self, name: str) -> ServiceStatus:
        """What the supervisor has noted last."""
        status = Stack(self.state_dir).status()
        assert status is not None
        return status.services[name]

    @property
    def is_running(self) -> bool:
        return Stack(self.state_dir).is_running()

    @property
    def state(self) -> StackState:
        return StackState.load(self.state_dir)

    @property
    def members(self) -> set[int]:
        return processes.marked(self.state_dir)

    @property
    def leaders(self) -> tuple[int, int]:
        """Process ids of keeper and supervisor."""
        status = Stack(self.state_dir).status()
        assert status is not None
        return status.keeper, status.supervisor

    def everything(self) -> set[int]:
        """The leaders and all that descends from them, whatever it carries in its environment."""
        keeper, _ = self.leaders
        return {keeper} | processes.descendants(keeper)

    def end(self) -> None:
        self.run("down")
        processes.kill_until_gone(lambda: self.members)


def wait_until(promise: Callable[[], object], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not promise():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def all_gone(pids: set[int]) -> bool:
    return not any(processes.is_alive(pid) for pid in pids)


def kill(*pids: int | None) -> None:
    for pid in pids:
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
