"""How much of the jail this machine allows, found out by trying it once in every worker.

- walls: a room of its own (files, processes, network); own user where we are root.
- fence: Landlock in the same room as ours: only named files, only the doors' TCP ports, no look at
  or signal to a process outside. What an unprivileged container allows.
- limits: no right is gained, resources are bounded; tofu sees what the worker's user sees.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from sovereign_wizard.tofu import supervisor
from sovereign_wizard.tofu.environment import SYSTEM_PATH
from sovereign_wizard.tofu.jail import fence, walls

# Debian keeps 60000–64999 for packages that ask; these it never gave out, nor does systemd.
USERS = range(61000, 61184)
PROBE_SECONDS = 20.0


class Kind(StrEnum):
    WALLS = "walls"
    FENCE = "fence"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True)
class Degree:
    """`bwrap` is set for walls; `own_user` says that tofu is somebody else than the worker."""

    kind: Kind
    bwrap: Path | None = None
    own_user: bool = False

    def user(self) -> int | None:
        """A uid for one run: two runs at once are hardly ever the same user."""
        return secrets.choice(USERS) if self.own_user else None

    def words(self) -> str:
        """What holds here, for logs and the doctor."""
        if self.kind is Kind.WALLS:
            who = "own user" if self.own_user else "the worker's user in a namespace"
            return f"own files, processes and network, {who}"
        if self.kind is Kind.FENCE:
            return "only named files and TCP ports (Landlock); the worker's user and process list"
        return "limits only: it may read what the worker's user may (install bubblewrap)"


@lru_cache(maxsize=1)
def here() -> Degree:
    """The best degree that works on this machine, as this user."""
    if found := shutil.which("bwrap", path=SYSTEM_PATH):
        bwrap = Path(found)
        if os.geteuid() == 0 and _works(bwrap, user=USERS[0]):
            return Degree(Kind.WALLS, bwrap, own_user=True)
        if _works(bwrap, user=None):
            return Degree(Kind.WALLS, bwrap)
    return Degree(Kind.FENCE if fence.there() else Kind.LIMITS)


def _works(bwrap: Path, *, user: int | None) -> bool:
    """Whether a program that does nothing ends well in such a room."""
    room = walls.argv(["true"], bwrap=bwrap, workdir=None, user=user)
    wanted = ["--interrupt=1", "--terminate=1", "--room", "--", *room]
    with subprocess.Popen(
        [sys.executable, "-I", supervisor.__file__, *wanted],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": SYSTEM_PATH},
        start_new_session=True,
    ) as tried:
        assert tried.stdin
        tried.stdin.write(b"go\n")
        tried.stdin.flush()
        try:
            return tried.wait(PROBE_SECONDS) == 0
        except subprocess.TimeoutExpired:
            tried.kill()
            return False
