"""Processes as the kernel (Linux) sees them: who descends from whom, and ending all of them.

Every process of a stack carries MEMBER (the state folder) and SERVICE in its environment, so that
leftovers are found even when all their ancestors are gone. It never touches a process it cannot
prove to be of the stack.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

MEMBER = "CATALYST_STACK_MEMBER"
SERVICE = "CATALYST_STACK_SERVICE"

_PR_SET_PDEATHSIG = 1  # prctl(2)
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, signum: signal.Signals) -> None:
    """Have the kernel send `signum` to this process when the thread that started it ends."""
    if _libc.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signum)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (PR_SET_CHILD_SUBREAPER)."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def descendants(of: int) -> set[int]:
    """Living descendants of a process; a zombie is not living."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        parent, state = _parent_and_state(pid)
        if parent is not None and state not in ("Z", "X"):
            children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    queue = [of]
    while queue:
        for child in children.get(queue.pop(), []):
            if child not in found:
                found.add(child)
                queue.append(child)
    return found


def marked(state_dir: Path, service: str | None = None) -> set[int]:
    """Living processes that were started as members of this stack (of one service of it)."""
    return {pid for pid in _pids() if _carries(pid, state_dir, service)}


def of_service(state_dir: Path, service: str, *, under: int, session: int | None) -> set[int]:
    """Members of one service among the descendants of `under`.

    By their mark or, for a program that writes its title over its environment (PostgreSQL does),
    by the session it was started in.
    """
    return {
        pid
        for pid in descendants(under)
        if _carries(pid, state_dir, service) or (session is not None and _session(pid) == session)
    }


def working_in(folder: Path) -> set[int]:
    """Living processes whose working folder this is (of those we may look at)."""
    return {pid for pid in _pids() if _folder(pid) == folder and is_alive(pid)}


def is_alive(pid: int) -> bool:
    return _parent_and_state(pid)[1] not in (None, "Z", "X")


def send(pids: Iterable[int], signum: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)


def kill_until_gone(find: Callable[[], set[int]], *, seconds: float = 5.0) -> set[int]:
    """SIGKILL what `find` finds until it finds nothing; gives what resisted for `seconds`.

    Asking again each time catches what was started while we were killing.
    """
    deadline = time.monotonic() + seconds
    while left := find():
        send(left, signal.SIGKILL)
        if time.monotonic() > deadline:
            return left
        time.sleep(0.01)
    return set()


def reap_all() -> dict[int, int]:
    """Collect every ended child: pid → exit code (negative: the signal)."""
    ended: dict[int, int] = {}
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parent_and_state(pid: int) -> tuple[int | None, str | None]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None, None
    # The second field is the program's name in brackets and may itself hold spaces and brackets.
    state, parent = text.rpartition(")")[2].split()[:2]
    return int(parent), state


def _folder(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _carries(pid: int, state_dir: Path, service: str | None) -> bool:
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    if f"{MEMBER}={state_dir}".encode() not in variables or not is_alive(pid):
        return False
    return service is None or f"{SERVICE}={service}".encode() in variables
