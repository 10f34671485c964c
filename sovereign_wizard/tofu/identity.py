"""Who a tofu process is, so that a later lease holder can prove that it is gone.

A pid alone proves nothing: it may have been given to another process, before or after a reboot.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sovereign_wizard.tofu.problems import ProcessElsewhere, StillRunning

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """The supervisor of one tofu run; it leads the session all of the run's processes are in.

    `started`: clock ticks after boot (proc(5), field 22). `host`: where `pid` has a meaning; in
    Kubernetes the Pod's name.
    """

    pid: int
    started: int
    boot_id: str
    host: str


def of(pid: int) -> ProcessIdentity:
    """Identity of a living process. Raises ProcessLookupError when there is none."""
    stat = _stat(pid)
    if stat is None:
        raise ProcessLookupError(pid)
    return ProcessIdentity(pid, stat.started, _BOOT_ID.read_text().strip(), socket.gethostname())


def still_running(identity: ProcessIdentity) -> bool:
    """Whether the supervisor or anything it started lives.

    Raises ProcessElsewhere when the process ran on another host: then only the state's lock in
    PostgreSQL can tell.
    """
    return bool(_members(identity))


def ask_to_stop(identity: ProcessIdentity) -> None:
    """Interrupt the run as a closed stdin would; for a holder that found an earlier run alive."""
    leader = _stat(identity.pid)
    if still_running(identity) and leader and leader.started == identity.started:
        with suppress(ProcessLookupError):
            os.kill(identity.pid, signal.SIGTERM)


def wait_gone(identity: ProcessIdentity, *, seconds: float) -> None:
    """Return when every process of the run has ended.

    Processes left behind by a killed supervisor (tofu died with it, a plugin did not) are killed:
    without their tofu they can only do harm. Raises StillRunning after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while members := _members(identity):
        if not any(pid == identity.pid for pid in members):
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if time.monotonic() >= deadline:
            raise StillRunning(
                f"The earlier OpenTofu run (process {identity.pid}) has not ended.",
                pid=identity.pid,
            )
        time.sleep(0.1)


def end(identity: ProcessIdentity, *, seconds: float) -> None:
    """Ask an earlier run to stop; return when it is gone. Raises StillRunning, ProcessElsewhere."""
    ask_to_stop(identity)
    wait_gone(identity, seconds=seconds)


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    session: int
    started: int


def _members(identity: ProcessIdentity) -> list[int]:
    """Living processes of the run's session."""
    if identity.host != socket.gethostname():
        raise ProcessElsewhere(f"The earlier OpenTofu run was on host {identity.host}.")
    if identity.boot_id != _BOOT_ID.read_text().strip():
        return []  # the host was started anew since
    leader = _stat(identity.pid)
    if leader and leader.started != identity.started:
        # The kernel gives a pid out again only when no session carries it any more.
        return []
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat and stat.session == identity.pid and stat.state not in "ZX":
                found.append(int(entry.name))
    return found


def _stat(pid: int) -> _Stat | None:
    try:
        # The program's name is in parentheses and may hold anything; fields count from its end.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Stat(state=fields[0], session=int(fields[3]), started=int(fields[19]))
