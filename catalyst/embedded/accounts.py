"""The unprivileged user that PostgreSQL runs as when the stack is started by root.

PostgreSQL refuses to run as root. The user is made once: a system user, no home, no shell.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from catalyst.embedded.service import Account, CannotStart

NAME = "catalyst-postgres"
_CAP_DAC_READ_SEARCH = 2  # linux/capability.h


def postgres_account(*, programs: Path, data: Path) -> Account | None:
    """`None` when we are not root: then we are that user already. Raises `CannotStart`."""
    if os.geteuid() != 0:
        return None
    entry = _entry() or _create()
    closed = _closed_to_others(programs) or _closed_to_others(data.parent)
    if closed is not None and not _may_lend_reach():
        raise CannotStart(
            f"PostgreSQL runs as {NAME}, which cannot walk through {closed}: "
            f"chmod o+x {closed}, or have checkout and CATALYST_STATE_DIR elsewhere"
        )
    return Account(name=NAME, uid=entry.pw_uid, gid=entry.pw_gid, reach_all=closed is not None)


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd:
    if shutil.which("useradd") is None:
        raise CannotStart(
            f"PostgreSQL cannot run as root and useradd is missing: add a user {NAME}"
        )
    command = [
        "useradd",
        "--system",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        NAME,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    entry = _entry()  # another stack may have made it at the same time
    if entry is None:
        raise CannotStart(f"the user {NAME} for PostgreSQL cannot be made: {done.stderr.strip()}")
    return entry


def _closed_to_others(path: Path) -> Path | None:
    """The first folder down to `path` that not everybody may walk through."""
    folders = [*reversed(path.parents), path]
    return next((folder for folder in folders if not folder.stat().st_mode & 0o001), None)


def _may_lend_reach() -> bool:
    """Whether root itself has CAP_DAC_READ_SEARCH here; in a container it may not."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_DAC_READ_SEARCH & 1)
    return False
