"""Starting one child so that it can never outlive its supervisor.

Own session (and so own process group), only standard streams inherited, output to its log,
death of the supervisor passed on by the kernel. Must be called from the supervisor's only thread:
the kernel ties the death signal to the thread that started the child.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from catalyst.embedded import processes
from catalyst.embedded.service import Account, Service, inherited_env
from catalyst.embedded.state import BASE_DIR, StackState


def start(service: Service, state: StackState, log: Path) -> int:
    """Start the service's program and give its process id. Raises `OSError` if it cannot be run."""
    account = service.account(state)
    supervisor = os.getpid()

    def in_child() -> None:
        # After the change of user: that would clear the death signal, see prctl(2).
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        processes.die_with_parent(supervisor, service.orphan_signal)

    with log.open("ab") as output:
        os.fchmod(output.fileno(), 0o600)
        child = subprocess.Popen(
            [*_as_account(account, service.orphan_signal), *service.argv(state)],
            cwd=BASE_DIR if account is None else "/",
            env=_env(service, state),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 - there is one thread
        )
    child.returncode = 0  # the supervisor reaps by pid; keeps Popen from waiting for it as well
    return child.pid


def _env(service: Service, state: StackState) -> dict[str, str]:
    return {
        **inherited_env(),
        "PYTHONUNBUFFERED": "1",
        "CATALYST_STATE_DIR": str(state.state_dir),
        **service.env(state),
        processes.MEMBER: str(state.state_dir),
        processes.SERVICE: service.name,
    }


def _as_account(account: Account | None, orphan_signal: signal.Signals) -> list[str]:
    """The words before the program that change the user, by setpriv(1) of util-linux."""
    if account is None:
        return []
    words = [
        "setpriv",
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        "--clear-groups",
    ]
    if account.reach_all:
        words += [
            "--inh-caps=-all,+dac_read_search",
            "--ambient-caps=-all,+dac_read_search",
        ]
    else:
        words += ["--inh-caps=-all", "--bounding-set=-all"]
    return [*words, f"--pdeathsig={orphan_signal.name.removeprefix('SIG')}", "--"]
