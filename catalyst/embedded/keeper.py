"""The outermost process of a stack: holds its lock and clears up after it, whatever happens.

It starts the supervisor and waits. Everything the stack ever starts descends from it, so when the
supervisor is gone, even by SIGKILL, what is left is found and killed. When the keeper itself is
killed, the kernel tells the supervisor to stop. It must do next to nothing: so it cannot break.

    python -m catalyst.embedded.keeper [--with-parent PID] [NAME …]
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from catalyst.embedded import lock, network, processes, profile
from catalyst.embedded.ports import is_free
from catalyst.embedded.selection import select
from catalyst.embedded.service import CannotStart, Service
from catalyst.embedded.state import StackState
from catalyst.embedded.status import Phase, StackStatus

ALREADY_RUNNING = 75  # EX_TEMPFAIL of sysexits.h
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of the stack: 0 stopped as asked, 1 could not start, 75 another one is running."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--with-parent", type=int)
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args(arguments)
    state = StackState.ensure()
    held = lock.take(state.run_dir)
    if held is None:
        return ALREADY_RUNNING
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    if asked.with_parent is not None:
        processes.die_with_parent(asked.with_parent, signal.SIGTERM)
    processes.adopt_orphans()
    _clear_leftovers(state)
    keeper = os.getpid()
    supervisor = os.fork()
    if supervisor == 0:
        os._exit(_supervise(state, asked.names, keeper))
    code = _wait(supervisor)
    processes.kill_until_gone(lambda: processes.descendants(keeper))
    processes.reap_all()  # or they stay zombies where nobody collects them
    if code < 0:
        _say_it_died(state, -code)
    return code if code >= 0 else 1


def _clear_leftovers(state: StackState) -> None:
    """What an earlier stack left when keeper and supervisor were killed at once."""
    processes.kill_until_gone(lambda: processes.marked(state.state_dir))
    for path in (*state.run_dir.glob("*.pid"), state.run_dir / "status.json"):
        path.unlink(missing_ok=True)


def _wait(supervisor: int) -> int:
    """Pass on every wish to stop; give the supervisor's exit code (negative: the signal)."""
    while True:
        got = signal.sigwaitinfo(_SIGNALS)
        if got.si_signo == signal.SIGCHLD:
            ended = processes.reap_all()
            if supervisor in ended:
                return ended[supervisor]
        else:
            processes.send([supervisor], signal.SIGTERM)


def _say_it_died(state: StackState, signum: int) -> None:
    path = state.run_dir / "status.json"
    if status := StackStatus.read(path):
        detail = f"the supervisor was ended by signal {signum}"
        replace(status, phase=Phase.FAILED, detail=detail).write(path)
    for pid_file in state.run_dir.glob("*.pid"):
        pid_file.unlink(missing_ok=True)


def _supervise(state: StackState, names: Sequence[str], keeper: int) -> int:
    """The child's life. Imports here: the keeper stays small."""
    from catalyst.embedded.services import EVERY
    from catalyst.embedded.supervisor import Supervisor

    try:
        processes.die_with_parent(keeper, signal.SIGTERM)
        processes.adopt_orphans()
        services = select(EVERY, names or None)
        state, claim = _settle(state, services)
        profile.remember(state, [service.name for service in services])
        run = f"{keeper}-{time.time_ns()}"
        with claim:
            return Supervisor(services=services, state=state, run=run, keeper=keeper).run()
    except CannotStart as error:
        print(error, file=sys.stderr, flush=True)
    except BaseException:  # noqa: BLE001 - a fork must not run on in its parent's code
        sys.excepthook(*sys.exc_info())
    return 1


def _settle(
    state: StackState, services: Sequence[Service]
) -> tuple[StackState, AbstractContextManager[object]]:
    """Free ports, and a public range when a service lives in one. Raises `CannotStart`."""
    ports = [name for service in services for name in service.ports]
    state = state.rechoose_taken_ports(ports, free=is_free)
    if any(service.public for service in services):
        return network.settle(state)
    return state, nullcontext()


if __name__ == "__main__":
    sys.exit(main())
