"""A program that is away for as long as a test wants, though its keeper starts it anew at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

LOOK_SECONDS = 0.02


@contextmanager
def kept_dead(keeper: psutil.Process, word: str) -> Iterator[list[int]]:
    """While every process below `keeper` with `word` in its command line is killed, again and
    again. Yields the ids of those killed so far, each once however long it takes to end."""
    over, killed, seen = threading.Event(), list[int](), set[psutil.Process]()

    def kill() -> None:
        while True:
            for process in below(keeper, word):
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
                if process not in seen:
                    seen.add(process)
                    killed.append(process.pid)
            if over.wait(LOOK_SECONDS):
                return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()
    assert killed, f"nothing below {keeper.pid} is called {word}"


def below(keeper: psutil.Process, word: str) -> Iterator[psutil.Process]:
    """Running processes under `keeper` with `word` in their command line; some may just end."""
    for process in keeper.children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE and word in process.cmdline():
                yield process
        except psutil.NoSuchProcess:
            continue
