"""`make test`: every check one after the other, each with its time, and one verdict at the end.

All steps run even when one fails, so that one run tells everything. Knows no test itself.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("lint-imports", ("lint-imports", "--no-logo")),
    # As a module: this folder first on the path, so that Django finds our `dns`, not dnspython's.
    ("mypy", ("python", "-m", "mypy")),
    # Last, so that its own closing line stands right above the verdict.
    ("pytest", ("python", "-m", "pytest", "-n", "3", "--dist", "loadgroup", "--durations=20")),
)


def run(name: str, argv: tuple[str, ...]) -> tuple[bool, float]:
    """Run one step with its output shown; whether it passed, and seconds taken."""
    print(f"\n── {name}", flush=True)
    began = time.monotonic()
    code = subprocess.run([BIN / argv[0], *argv[1:]], cwd=ROOT, check=False).returncode
    took = time.monotonic() - began
    if name != "pytest":
        word = "passed" if code == 0 else f"FAILED ({code})"
        print(f"── {name}: {word} in {took:.1f} s", flush=True)
    return code == 0, took


def main() -> int:
    results = {name: run(name, argv) for name, argv in STEPS}
    bad = [name for name, (passed, _) in results.items() if not passed]
    times = ", ".join(f"{name} {took:.1f} s" for name, (_, took) in results.items())
    verdict = f"FAILED: {', '.join(bad)}" if bad else "passed"
    print(f"make test {verdict} ({times})", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
