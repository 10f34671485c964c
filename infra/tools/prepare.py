"""The set-up before every `make` target: Debian packages, `.venv` and the tools, all at once.

With `--tests` the tools that only tests need are waited for too, and nothing is built beside them.
Says first what is missing and how long it takes; when nothing is missing it takes under a second.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

if sys.version_info < (3, 11):  # noqa: UP036 - whatever `python3` is here runs this file
    sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 …")

# Run as a file, the folder of this file is on sys.path instead of the house.
sys.path[:] = [str(Path(__file__).resolve().parents[2])] + [
    entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent
]

from infra.tools import debian, fetch, gobuild, manifest, node_env, obtain, python_env  # noqa: E402
from infra.tools.progress import Board, spell  # noqa: E402


def needed(pins: manifest.Manifest, *, tests: bool) -> list[manifest.Tool]:
    """The tools that are waited for."""
    levels = ("first", "tests") if tests else ("first",)
    return [tool for tool in pins.pick([]) if tool.wanted in levels]


def missing(pins: manifest.Manifest, *, tests: bool) -> list[str]:
    """What the set-up is going to get, each with the time it takes from nothing."""
    words = [f"{p.package} (apt: {p.why})" for p in pins.debian if not debian.present(p)]
    if not python_env.is_current():
        words.append(".venv as requirements.lock says (about 30 s)")
    if tests and not node_env.is_current():
        words.append("static/node_modules as package-lock.json says (about 20 s)")
    go = gobuild.installed_go()
    tools = [tool for tool in needed(pins, tests=tests) if not obtain.locate(tool)]
    if tools and go and not gobuild.new_enough(go, pins):
        words.append(f"Go {pins.go_toolchain} (this machine's is older; about 20 s)")
    return words + [f"{t.label} ({t.why}; about {spell(t.cold_seconds)} if built)" for t in tools]


def prepare(pins: manifest.Manifest, *, tests: bool) -> None:
    """Get all that is missing. Raises the first `ToolError` after everything has ended."""
    if absent := [package for package in pins.debian if not debian.present(package)]:
        debian.be_allowed(absent)  # asked before the long work, not after it
    with Board() as board:
        debian.install([p for p in pins.debian if p.early], board=board)
        workshop = obtain.Workshop(pins, board=board)
        with ThreadPoolExecutor(max_workers=3) as pool:
            under_way: list[Future[Any]] = [
                pool.submit(workshop.ensure_all, needed(pins, tests=tests)),
                pool.submit(debian.install, [p for p in pins.debian if not p.early], board=board),
                pool.submit(python_env.ensure, board=board),
            ]
        for future in under_way:
            future.result()
        if tests:
            node_env.ensure(board=board)


def main() -> int:
    began, tests = time.monotonic(), "--tests" in sys.argv[1:]
    try:
        pins = manifest.load()
        if wanted := missing(pins, tests=tests):
            print("Set-up, missing here:", *wanted, sep="\n  - ", flush=True)
        prepare(pins, tests=tests)
    except manifest.ToolError as error:
        print(f"\nSet-up failed: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nSet-up stopped; the next run goes on where this one was.", file=sys.stderr)
        return 130
    print(f"Set-up: everything is there ({spell(time.monotonic() - began)}).", flush=True)
    if not tests and (names := fetch.later(pins)):
        words = fetch.ensure_in_background(manifest.HERE / "versions.toml", names)
        print(f"In the background: {words}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
