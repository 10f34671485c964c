"""Python processes of their own on the test's database, that can be stopped or killed."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
SET_UP = """
import os, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["THE_TEST_DATABASE"]
django.setup()
def say(word): print(word, flush=True)
"""


def _of_the_test() -> str:
    return str(connection.settings_dict["NAME"])


class Process:
    """What it prints comes by `line()`; what it waits for on standard input goes by `tell()`.

    `database`: another one than the test's.
    """

    def __init__(self, code: str, *, database: str = "") -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", SET_UP + code],
            cwd=ROOT,
            env={**os.environ, "THE_TEST_DATABASE": database or _of_the_test()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.popen.stdout
        for line in self.popen.stdout:
            self._lines.put(line.strip())

    def line(self, seconds: float = 60) -> str:
        """The next line; raises queue.Empty when none comes in time."""
        return self._lines.get(timeout=seconds)

    def tell(self, word: str) -> None:
        assert self.popen.stdin
        self.popen.stdin.write(f"{word}\n")
        self.popen.stdin.flush()

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)


@contextmanager
def process(code: str) -> Iterator[Process]:
    started = Process(code)
    try:
        yield started
    finally:
        started.popen.kill()
        started.popen.wait(timeout=30)
