"""A late service: the stack is up without it, and whoever needs it waits for it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalyst.embedded import terminal
from catalyst.embedded.control import Stack, StackError
from catalyst.embedded.state import BASE_DIR, StackState
from catalyst.embedded.status import Phase, StackStatus
from tests.integration.embedded.running import short_folder, wait_until

SUPERVISED = """
import os, signal, sys
from pathlib import Path
from catalyst.embedded import lock
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState
from catalyst.embedded.supervisor import SIGNALS, Supervisor
state = StackState.ensure(Path(sys.argv[1]))
held = lock.take(state.run_dir)
signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
waits = f"until [ -e {state.state_dir}/go ]; do sleep 0.02; done; echo ready; exec sleep 600"
services = [
    Service(name="late", argv=lambda _: ["sh", "-c", waits], ready_line="ready", late=True),
    Service(name="first", argv=lambda _: ["sh", "-c", "echo ready; exec sleep 600"],
            ready_line="ready"),
    Service(name="leaning", needs=("late",), argv=lambda _: ["true"], run_once=True, late=True),
]
sys.exit(Supervisor(services=services, state=state, run="test", keeper=os.getpid()).run())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        StackState.ensure(folder)
        supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISED, folder], cwd=BASE_DIR)
        try:
            yield folder
        finally:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait(timeout=30)


def status(folder: Path) -> StackStatus:
    wait_until(lambda: Stack(folder).status())
    found = Stack(folder).status()
    assert found is not None
    return found


def test_given_a_late_service_that_is_not_ready_when_the_others_are_then_the_stack_is_up(
    folder: Path,
) -> None:
    wait_until(lambda: status(folder).phase is Phase.UP)
    seen = {name: service.condition for name, service in status(folder).services.items()}
    assert seen == {"late": "starting", "first": "up", "leaning": "waiting"}


def test_given_a_late_service_when_waited_for_then_what_it_is_needed_for_is_done_after_it(
    folder: Path,
) -> None:
    wait_until(lambda: status(folder).phase is Phase.UP)
    (folder / "go").touch()
    terminal.wait_for(Stack(folder), "leaning")
    seen = {name: service.condition for name, service in status(folder).services.items()}
    assert seen == {"late": "up", "first": "up", "leaning": "done"}


def test_given_a_stack_without_a_service_when_waited_for_then_refused(folder: Path) -> None:
    with pytest.raises(StackError, match="runs no keycloak"):
        terminal.wait_for(Stack(folder), "keycloak")
