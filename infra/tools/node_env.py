"""Makes `static/node_modules` what package-lock.json says, every package checked against its hash.

Only builders of `static/dist` and tests need it (axe-core, esbuild, tsc): nothing runs on Node.js.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from infra.tools import cache
from infra.tools.manifest import ROOT, ToolError
from infra.tools.progress import Board

STATIC = ROOT / "static"
MODULES = STATIC / "node_modules"
LONG = 600.0


def stamp(folder: Path = STATIC) -> str:
    """What `node_modules` was made from."""
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def is_current(folder: Path = STATIC) -> bool:
    mark = folder / "node_modules" / ".made-from"
    return mark.exists() and mark.read_text() == stamp(folder)


def ensure(*, board: Board) -> None:
    """Make it anew if it is not made from this lock. Raises `ToolError`."""
    if is_current():
        return
    name = hashlib.sha256(str(MODULES).encode()).hexdigest()[:12]
    waiting = "static/node_modules: another set-up is at it, waiting for that one"
    with cache.lock(f"node-{name}", on_wait=lambda: board.line(waiting)):
        if is_current():
            return
        with board.step("static/node_modules", "npm ci", about=20) as step:
            # Scripts of packages are not run: nothing we use needs one.
            answer = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=STATIC,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LONG,
                check=False,
            )
            if answer.returncode != 0:
                tail = "\n    ".join(answer.stdout.strip().splitlines()[-15:])
                raise ToolError(f"static/node_modules: npm ci failed:\n    {tail}")
            (MODULES / ".made-from").write_text(stamp())
            step.say("as package-lock.json says")
