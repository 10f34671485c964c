"""Makes `.venv` exactly what requirements.lock says, every file checked against its hash.

Done by uv, which itself comes through pip with a pinned hash. Never resolves or upgrades anything.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from infra.tools import cache
from infra.tools.manifest import HERE, ROOT, ToolError
from infra.tools.progress import Board, Step

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
UV_REQUIREMENTS = HERE / "uv-requirements.txt"


def stamp(lock: Path = LOCK) -> str:
    """What `.venv` was made from: the lock and this Python."""
    seen = hashlib.sha256(lock.read_bytes() + sys.version.encode())
    return seen.hexdigest()


def is_current(venv: Path = VENV, lock: Path = LOCK) -> bool:
    mark = venv / ".made-from"
    return mark.exists() and mark.read_text() == stamp(lock) and (venv / "bin/python").exists()


def ensure(*, board: Board, venv: Path = VENV, lock: Path = LOCK) -> None:
    """Make or renew the environment if it is not made from this lock. Raises `ToolError`."""
    if is_current(venv, lock):
        return
    name = hashlib.sha256(str(venv).encode()).hexdigest()[:12]
    waiting = ".venv: another set-up is at it, waiting for that one"
    with cache.lock(f"venv-{name}", on_wait=lambda: board.line(waiting)):
        if is_current(venv, lock):
            return
        with board.step(".venv", "getting uv", about=30) as step:
            uv = _uv()
            (venv / ".made-from").unlink(missing_ok=True)
            step.say("making the environment")
            _run([uv, "venv", "--allow-existing", "--python", sys.executable, venv], step=step)
            step.say(f"installing {lock.name}")
            python = venv / "bin" / "python"
            # Compiled once here: machines and tests start Python some hundred times, as users who
            # may not write here, and compiling takes two thirds of such a start.
            wanted = ("--require-hashes", "--compile-bytecode", "--python", python, lock)
            _run([uv, "pip", "sync", *wanted], step=step)
            (venv / ".made-from").write_text(stamp(lock))
            step.say(f"installed what {lock.name} says")


def _uv() -> Path:
    """The pinned uv, from the cache or through pip. Raises `ToolError`."""
    key = hashlib.sha256(UV_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    target = cache.root() / "uv" / key / "uv"
    with cache.lock("uv"):
        if target.exists():
            return target
        with cache.workspace() as work:
            _run([sys.executable, "-m", "venv", work / "pip"])
            pip = [str(work / "pip/bin/python"), "-m", "pip", "install", "--quiet"]
            _run([*pip, "--require-hashes", "--only-binary=:all:", "-r", UV_REQUIREMENTS])
            cache.install(work / "pip/bin/uv", target)
    return target


def _environment() -> dict[str, str]:
    """uv set up as pip is on this machine: same index, same extra links, same trusted roots."""
    ours = {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "true", "UV_NO_PROGRESS": "true"}
    pip = {
        "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
        "PIP_EXTRA_INDEX_URL": "UV_INDEX",
        "PIP_CERT": "SSL_CERT_FILE",
    }
    taken = {theirs: os.environ[name] for name, theirs in pip.items() if os.environ.get(name)}
    return ours | taken | os.environ


def _run(argv: list[str | Path], *, step: Step | None = None) -> None:
    answer = subprocess.run(
        argv,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        doing = step.words if step else "getting uv"
        tail = "\n    ".join(answer.stdout.strip().splitlines()[-20:])
        raise ToolError(f".venv: {doing} failed:\n    {tail}")
