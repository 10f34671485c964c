"""Where a secret could lie: files, both databases, Redis, arguments and environments of the stack's
own processes. Each search is told the forms to look for and yields where it found one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

from tests.plugins.backing_stack import STATE_DIR

Needles = set[bytes]
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


def in_files(needles: Needles, below: Path = STATE_DIR) -> Iterator[Path]:
    """Below a stack's folder: logs, databases' own files, disks of machines, Chromium's home."""
    for path in below.rglob("*"):
        if path.is_file() and not path.is_symlink():
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # gone meanwhile
                continue
            if any(needle in content for needle in needles):
                yield path.relative_to(below)


def in_database(url: str, needles: Needles) -> Iterator[str]:
    hexes = needles | {needle.hex().encode() for needle in needles}  # bytea comes as hex
    with psycopg.connect(url, autocommit=True) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            rows = connection.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - names quoted
            if any(needle in row.encode() for (row,) in rows for needle in hexes):
                yield table


def in_redis(url: str, needles: Needles) -> Iterator[bytes]:
    with redis.Redis.from_url(url) as client:
        client.config_set("rdbcompression", "no")  # DUMP would hide text in LZF
        for key in client.scan_iter():
            content = client.dump(key) or b""
            if any(needle in content or needle in key for needle in needles):
                yield key


class Processes(threading.Thread):
    """Looks at arguments and environments of the stack's processes until told to stop.

    `told`: programs in whose arguments a needle was; `given`: those in whose environment; `seen`:
    all that were looked at.
    """

    def __init__(self, needles: Needles, state: Path = STATE_DIR) -> None:
        super().__init__(daemon=True)
        self.needles, self.state, self.stop = needles, state, threading.Event()
        self.told: set[bytes] = set()
        self.given: set[bytes] = set()
        self.seen: set[bytes] = set()
        self._ours: dict[str, bool] = {}

    def run(self) -> None:
        while not self.stop.wait(0.02):
            self.look()

    def look(self) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if not self._is_ours(folder.name):
                    continue
                arguments = (folder / "cmdline").read_bytes()
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            program = arguments.split(b"\0")[0].rsplit(b"/")[-1]
            self.seen.add(program)
            if any(needle in arguments for needle in self.needles):
                self.told.add(program)
            if any(needle in environment for needle in self.needles):
                self.given.add(program)

    def _is_ours(self, pid: str) -> bool:
        """It, or one that it descends from, was told the folder of this stack."""
        if pid not in self._ours:
            folder, state = Path("/proc") / pid, str(self.state).encode()
            told = state in (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            self._ours[pid] = told or (parent not in {"0", "1"} and self._is_ours(parent))
        return self._ours[pid]
