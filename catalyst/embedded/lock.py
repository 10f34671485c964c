"""One stack per state folder: whoever holds the lock is the stack.

The kernel lets go of it when the last process that inherited it ends, so it can never be stale.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


def _path(run_dir: Path) -> Path:
    return run_dir / "stack.lock"


def take(run_dir: Path) -> int | None:
    """The lock as a file descriptor, or `None` when another process has it.

    Tries for a moment: `is_held` of somebody who only asks is in the way for an instant.
    """
    handle = os.open(_path(run_dir), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(10):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return handle
    os.close(handle)
    return None


def is_held(run_dir: Path) -> bool:
    """Whether a stack runs on this state folder. Two that ask at once do not see each other."""
    try:
        handle = os.open(_path(run_dir), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
