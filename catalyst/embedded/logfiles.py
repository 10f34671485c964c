"""The log files of the stack: `logs/<service>.log`, cut by size, shown and followed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024


def rotate(path: Path, *, max_bytes: int = MAX_BYTES) -> bool:
    """Keep one older part (`.1`) once the file is too big; whether that was done.

    The writer has it open for append, so it is copied and emptied, not renamed; a line written in
    between may be lost.
    """
    if not path.exists() or path.stat().st_size <= max_bytes:
        return False
    shutil.copy2(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)
    return True


def last_lines(path: Path, count: int, *, at_most: int = 64 * 1024) -> list[str]:
    """The last lines of a log, empty if there is none."""
    if not path.exists():
        return []
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - at_most))
        return stream.read().decode(errors="replace").splitlines()[-count:]


def text_since(path: Path, offset: int) -> bytes:
    """What was written after `offset`; all of it when the file was cut in between."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(offset if size >= offset else 0)
        return stream.read()


def follow(paths: list[Path], *, until: Callable[[], bool]) -> Iterator[tuple[Path, str]]:
    """Lines as they are written, until `until()`; a file may appear later or be cut."""
    offsets = {path: path.stat().st_size if path.exists() else 0 for path in paths}
    while True:
        ending = until()
        for path in paths:
            if not path.exists():
                continue
            if path.stat().st_size < offsets[path]:
                offsets[path] = 0
            text = text_since(path, offsets[path])
            whole = text[: text.rfind(b"\n") + 1]  # a line that is not finished is left for later
            offsets[path] += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                yield path, line
        if ending:
            return
        time.sleep(0.2)
