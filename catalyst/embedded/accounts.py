"""The unprivileged users that programs run as which refuse to be root: PostgreSQL and Gitea.

Used when the stack is started by root. A user is made once: a system user, no home, no shell.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from catalyst.embedded.service import Account, CannotStart

POSTGRES, GITEA = "catalyst-postgres", "catalyst-gitea"
_CAP_DAC_READ_SEARCH = 2  # linux/capability.h


def account(name: str, *, programs: Path, data: Path) -> Account | None:
    """`None` when we are not root: then we are that user already. Raises `CannotStart`."""
    if os.geteuid() != 0:
        return None
    entry = _entry(name) or _create(name)
    closed = _closed_to_others(programs) or _closed_to_others(data.parent)
    if closed is not None and not _may_lend_reach():
        raise CannotStart(
            f"a program runs as {name}, which cannot walk through {closed}: "
            f"chmod o+x {closed}, or have checkout and CATALYST_STATE_DIR elsewhere"
        )
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, reach_all=closed is not None)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create(name: str) -> pwd.struct_passwd:
    if shutil.which("useradd") is None:
        raise CannotStart(
            f"what runs as {name} cannot run as root, and useradd is missing: add that user"
        )
    command = [
        "useradd",
        "--system",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        name,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    entry = _entry(name)  # another stack may have made it at the same time
    if entry is None:
        raise CannotStart(f"the user {name} cannot be made: {done.stderr.strip()}")
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
