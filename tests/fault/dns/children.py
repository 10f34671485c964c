"""Starts and ends the processes of `child.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
Child = subprocess.Popen[str]


@contextmanager
def child(*arguments: object) -> Iterator[Child]:
    """A process that is set up and waits for `go`; killed at the end whatever it does."""
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fault.dns.child", name, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "catalyst.settings.embedded"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_ready(process: Child) -> None:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line == "ready", f"the child ended with {process.poll()}"


def go(process: Child) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
