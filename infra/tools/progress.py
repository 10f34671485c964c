"""Tells the person at the terminal what is going on: one line every few seconds, never silence."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self


def spell(seconds: float) -> str:
    """`8 s`, `1 m 05 s`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} m {whole % 60:02d} s"


@dataclass(slots=True)
class Step:
    """One long thing under way."""

    name: str
    about: float
    words: str = ""
    began: float = field(default_factory=time.monotonic)

    def say(self, words: str) -> None:
        """Replace the words behind its name."""
        self.words = words

    def start(self, words: str, *, about: float) -> None:
        """The waiting is over: count from now, and say how long it takes (seconds)."""
        self.words, self.about, self.began = words, about, time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def __str__(self) -> str:
        about = f" of about {spell(self.about)}" if self.about else ""
        return f"{self.name}: {self.words}, {spell(self.elapsed)}{about}"


class Board:
    """The steps under way, reported by a thread of its own while the board is open."""

    def __init__(self, *, every: float | None = None) -> None:
        self.every = every or (5.0 if sys.stderr.isatty() else 10.0)
        self._steps: list[Step] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._report, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def line(self, text: str) -> None:
        with self._lock:
            print(f"  {text}", file=sys.stderr, flush=True)

    @contextmanager
    def step(self, name: str, words: str, *, about: float = 0) -> Iterator[Step]:
        """Show a step as running until the block ends; the last word says how it ended."""
        step = Step(name, about, words)
        with self._lock:
            self._steps.append(step)
        try:
            yield step
        except BaseException:
            self.line(f"{name}: failed after {spell(step.elapsed)}")
            raise
        else:
            self.line(f"{name}: {step.words}, took {spell(step.elapsed)}")
        finally:
            with self._lock:
                self._steps.remove(step)

    def _report(self) -> None:
        while not self._closing.wait(self.every):
            with self._lock:
                running = [str(step) for step in self._steps]
            for text in running:
                self.line(f"… {text}")
