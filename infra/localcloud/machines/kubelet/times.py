"""When a log was written, to the second: while it grows, its length is noted beside it.

A program writes its log itself, so that no line of it has a time of ours.
"""

import asyncio
import contextlib
import time
from pathlib import Path

# Whoever asks names whole seconds.
_NOTE_SECONDS = 1.0
_LONGEST_LINE = 64 * 1024


async def keep(log: Path) -> None:
    """Note until cancelled, the last time then."""
    known = 0
    try:
        while True:
            known = _note(log, known)
            await asyncio.sleep(_NOTE_SECONDS)
    finally:
        with contextlib.suppress(FileNotFoundError):
            _note(log, known)


def begin(log: Path, since: float) -> int:
    """Where that begins which was written since (seconds of the epoch), or a second before.

    Whole lines; all of it when nothing was noted.
    """
    with contextlib.suppress(FileNotFoundError):
        for note in reversed(_notes(log).read_text().splitlines()):
            at, length = note.split()
            if float(at) < since:
                return _line(log, int(length))
    return 0


def _note(log: Path, known: int) -> int:
    length = log.stat().st_size
    if length != known:
        with _notes(log).open("a") as notes:
            notes.write(f"{time.time()} {length}\n")
    return length


def _notes(log: Path) -> Path:
    return log.with_suffix(".times")


def _line(log: Path, at: int) -> int:
    """Where the line begins that the byte `at` is in."""
    first = max(0, at - _LONGEST_LINE)
    with log.open("rb") as file:
        file.seek(first)
        return first + file.read(at - first).rfind(b"\n") + 1
