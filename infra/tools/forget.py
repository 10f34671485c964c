"""`make clean-state`: stops the laptop stack and removes its state folder, and nothing else.

It never touches the tool cache, and refuses a folder that is not a stack's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def is_state(folder: Path) -> bool:
    """Whether the stack made this folder: a mistyped CATALYST_STATE_DIR must not cost a home."""
    return (folder / "stack.json").is_file() and not (folder / ".git").exists()


def stop_stack(folder: Path) -> int:
    """`manage.py stack down` for that folder; its exit code. Nothing runs without a `.venv`."""
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        return 0
    environment = os.environ | {"CATALYST_STATE_DIR": str(folder)}
    argv: list[str | Path] = [python, "manage.py", "stack", "down"]
    return subprocess.run(argv, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    if not folder.exists():
        print(f"Nothing to forget: there is no {folder}")
        return 0
    if not is_state(folder):
        print(f"{folder} has no stack.json, so it is not ours: not removed", file=sys.stderr)
        return 1
    if stop_stack(folder) != 0:
        print("The stack did not stop, so nothing was removed", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    print(f"Forgot {folder}; the tool cache is untouched")
    return 0


if __name__ == "__main__":
    sys.exit(main())
