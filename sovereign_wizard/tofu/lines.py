"""The supervisor's pipes: whole lines from tofu, and its own stdout that never blocks.

Standard library only.
"""

from __future__ import annotations

import os
from typing import IO


class Output:
    """Our stdout: lines in, bytes out when somebody reads, nothing lost unless nobody does."""

    def __init__(self, descriptor: int, *, deaf: bool = False) -> None:
        self.descriptor = descriptor
        self.pending = bytearray()
        self.deaf = deaf
        os.set_blocking(descriptor, False)

    def add(self, mark: bytes, line: bytes) -> None:
        if not self.deaf:
            self.pending += mark + line + b"\n"

    def flush(self) -> None:
        try:
            while self.pending:
                del self.pending[: os.write(self.descriptor, self.pending[: 1 << 16])]
        except BlockingIOError:
            pass
        except OSError:
            self.give_up()

    def give_up(self) -> None:
        self.deaf = True
        self.pending.clear()


class Lines:
    """Cuts one pipe of tofu into whole lines."""

    def __init__(self, pipe: IO[bytes], mark: bytes) -> None:
        self.pipe, self.mark, self.rest, self.open = pipe, mark, b"", True
        os.set_blocking(pipe.fileno(), False)

    def read_into(self, output: Output) -> None:
        try:
            chunk = os.read(self.pipe.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not chunk:
            self.open = False
            if self.rest:
                output.add(self.mark, self.rest)
            return
        *whole, self.rest = (self.rest + chunk).split(b"\n")
        for line in whole:
            output.add(self.mark, line)
