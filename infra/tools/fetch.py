"""The tool fetcher's command line: `python3 infra/tools/fetch.py ensure|status|path …`.

Progress goes to standard error, answers to standard output. Exit code 3: a wrong sum.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

# Run as a file, the folder of this file is on sys.path instead of the house.
sys.path[:] = [str(Path(__file__).resolve().parents[2])] + [
    entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent
]

from infra.tools import cache, manifest, obtain  # noqa: E402
from infra.tools.progress import Board  # noqa: E402


def ensure(pins: manifest.Manifest, names: list[str]) -> None:
    """Have these tools, by default all that the first screen needs."""
    with Board() as board:
        obtain.Workshop(pins, board=board).ensure_all(pins.pick(names, wanted="first"))


def ensure_in_background(versions: Path, names: list[str]) -> str:
    """Start a process of its own that goes on after this one; says where it writes.

    At the lowest priority, one at a time: what one was stopped in, the next one goes on with, since
    Go keeps every package it has compiled.
    """
    log = cache.root() / "background.log"
    turn = cache.claim("background")
    if turn is None:
        return f"another process is getting tools already; see {log}"
    argv = [sys.executable, __file__, "--versions", str(versions), "ensure", *names]
    with turn, log.open("a") as out:
        process = subprocess.Popen(
            ["nice", "-n", "19", *argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            pass_fds=[turn.fileno()],
        )
    # Between sessions only this value counts where the kernel groups them (sched(7), autogroup).
    with suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text("19")
    return f"process {process.pid} gets {', '.join(names)}; see {log}"


def later(pins: manifest.Manifest) -> list[str]:
    """Names of the tools that are not wanted first and not there yet."""
    missing = (tool for tool in pins.pick([]) if not obtain.locate(tool))
    return [tool.name for tool in missing if tool.wanted != "first"]


def status(pins: manifest.Manifest) -> list[dict[str, str | None]]:
    """One entry a tool: name, version, wanted, source (path, cache or null), path, why."""
    rows: list[dict[str, str | None]] = []
    for tool in pins.tools.values():
        found = obtain.locate(tool)
        rows.append(
            {
                "name": tool.name,
                "version": tool.version,
                "wanted": tool.wanted,
                "source": found.source if found else None,
                "path": str(found.path) if found else None,
                "why": tool.why,
            }
        )
    return rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fetch.py", description=__doc__)
    parser.add_argument("--versions", type=Path, default=manifest.HERE / "versions.toml")
    commands = parser.add_subparsers(dest="command", required=True)
    get = commands.add_parser("ensure", help="have these tools (default: those wanted first)")
    get.add_argument("names", nargs="*")
    get.add_argument("--background", action="store_true", help="start, do not wait")
    tell = commands.add_parser("status", help="what is there")
    tell.add_argument("--json", action="store_true")
    where = commands.add_parser("path", help="print where a tool, `tofurc` or `mirror` lies")
    where.add_argument("name")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    try:
        pins = manifest.load(options.versions)
        if options.command == "path":
            print(obtain.path_of(options.name, pins))
        elif options.command == "status":
            rows = status(pins)
            if options.json:
                print(json.dumps(rows, indent=2))
            for row in [] if options.json else rows:
                print(f"{row['name']:10} {row['version']:10} {row['path'] or 'missing'}")
        elif options.background:
            named = pins.pick(options.names) if options.names else []
            missing = [tool.name for tool in named if not obtain.locate(tool)]
            if wanted := missing if options.names else later(pins):
                print(ensure_in_background(options.versions, wanted))
        else:
            ensure(pins, options.names)
    except manifest.ToolError as error:
        print(f"\n{error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
