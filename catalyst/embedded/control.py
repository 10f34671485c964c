"""Starting, watching and ending a stack from outside of it; what `manage.py stack` does.

It knows processes and files, not Django, so that it works before there is a database.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catalyst.embedded import lock, processes
from catalyst.embedded.service import inherited_env
from catalyst.embedded.state import BASE_DIR, StackState
from catalyst.embedded.status import Condition, Phase, ServiceStatus, StackStatus

STOP_SECONDS = 20.0  # more than the supervisor gives itself
_LOOK_SECONDS = 0.05

Probe = Callable[[StackState], bool]


class StackError(Exception):
    """The stack did not do what was asked; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack of one state folder."""

    state_dir: Path

    @property
    def _run_dir(self) -> Path:
        return self.state_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.state_dir / "logs"

    def is_running(self) -> bool:
        return lock.is_held(self._run_dir)

    def status(self) -> StackStatus | None:
        """What the running stack, or the last one, said; `None` if there never was one."""
        return StackStatus.read(self._run_dir / "status.json")

    def start(self, only: Sequence[str], *, detach: bool) -> subprocess.Popen[bytes]:
        """Start a keeper. Without `detach` the stack ends when this process does."""
        StackState.ensure(self.state_dir)
        parent = [] if detach else ["--with-parent", str(os.getpid())]
        with (self.log_dir / "stack.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "catalyst.embedded.keeper", *parent, *only],
                cwd=BASE_DIR,
                env={**_clean_env(), "CATALYST_STATE_DIR": str(self.state_dir)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def changes(self, ended: Callable[[], bool]) -> Iterator[StackStatus]:
        """Every new status until `ended()`; the last one is always given."""
        seen: StackStatus | None = None
        while True:
            last = ended()
            status = self.status()
            if status is not None and status != seen:
                seen = status
                yield status
            if last:
                return
            time.sleep(_LOOK_SECONDS)

    def other(self, *, wait: bool) -> StackStatus:
        """What the stack that is already running says; with `wait` once it is through starting.

        Raises `StackError` when it ends instead.
        """
        while self.is_running():
            status = self.status()
            # A file left by the stack before that one says nothing.
            settled = status is not None and (not wait or status.phase is not Phase.STARTING)
            if status is not None and settled and processes.is_alive(status.keeper):
                return status
            time.sleep(_LOOK_SECONDS)
        raise StackError("the stack that was starting here has ended: see stack logs stack")

    def checked(self, status: StackStatus) -> dict[str, ServiceStatus]:
        """The services as they are now: what says it is up is asked itself."""
        from catalyst.embedded.services import EVERY

        state = StackState.load(self.state_dir)
        probes = {service.name: service.probe for service in EVERY}
        return {
            name: _asked(service, probes.get(name), state)
            for name, service in status.services.items()
        }

    def stop(self) -> bool:
        """End the stack; false when none is running. Raises `StackError` if something is left."""
        if not self.is_running():
            return False
        if status := self.status():
            processes.send([status.keeper], signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_running():
            if time.monotonic() > deadline:
                left = processes.kill_until_gone(lambda: processes.marked(self.state_dir))
                raise StackError(f"the stack did not stop by itself and was killed; left: {left}")
            time.sleep(_LOOK_SECONDS)
        return True


def everything() -> set[str]:
    """Names of all services of a whole stack."""
    from catalyst.embedded.services import EVERY

    return {service.name for service in EVERY}


def _asked(service: ServiceStatus, probe: Probe | None, state: StackState) -> ServiceStatus:
    if service.condition is not Condition.UP or probe is None:
        return service
    try:
        detail = "" if probe(state) else "does not answer"
    except Exception as error:  # noqa: BLE001 - a probe may raise anything; that is the answer
        detail = f"does not answer: {type(error).__name__}"
    return replace(service, condition=Condition.FAILED, detail=detail) if detail else service


def _clean_env() -> dict[str, str]:
    marks = (processes.MEMBER, processes.SERVICE)
    return {name: text for name, text in inherited_env().items() if name not in marks}
