"""A small program that runs tofu as its child and stops it when its own stdin closes.

`python supervisor.py --interrupt SECONDS --terminate SECONDS [--keep FD] -- tofu …` waits for one
line on stdin ("go"), then runs the command. When stdin reaches its end — the worker died, lost its
lease or wants to cancel — tofu gets SIGINT and saves its state; after `--interrupt` seconds
SIGTERM, after `--terminate` more SIGKILL. SIGTERM and SIGINT to this program mean the same as a
closed stdin. tofu's lines come out on stdout, marked `o:` (stdout) or `e:` (stderr); when nobody
reads them any more they are thrown away, because a full or closed pipe must never stop tofu from
saving its state. If this program is killed, the kernel kills tofu.

Uses the standard library only and imports nothing of ours: it is started with the bare
environment of tofu. No secret is ever in its argv.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

NEVER_STARTED = 125
"""Exit code when stdin closed before the "go": nothing was run."""

# What a living but busy reader may leave unread before tofu has to wait for it.
BACKLOG_BYTES = 4 << 20
# How long output may still trickle after tofu has ended (a plugin may hold the pipe).
DRAIN_SECONDS = 2.0

_LIBC = ctypes.CDLL(None, use_errno=True)


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


class Stopping:
    """The ladder SIGINT → SIGTERM → SIGKILL, each step once, each after its budget."""

    def __init__(self, child: subprocess.Popen[bytes], *, interrupt: float, terminate: float):
        self.child = child
        self.ladder = [
            (signal.SIGINT, interrupt),
            (signal.SIGTERM, terminate),
            (signal.SIGKILL, 0),
        ]
        self.due: float | None = None

    @property
    def begun(self) -> bool:
        return self.due is not None

    def begin(self) -> None:
        if not self.begun:
            self.due = time.monotonic()

    def step(self) -> None:
        if self.due is not None and self.ladder and time.monotonic() >= self.due:
            number, budget = self.ladder.pop(0)
            self.child.send_signal(number)
            self.due = time.monotonic() + budget

    def wait_for(self) -> float:
        return 1.0 if self.due is None else min(1.0, max(0.0, self.due - time.monotonic()))


def supervise(argv: list[str], *, interrupt: float, terminate: float, keep: tuple[int, ...]) -> int:
    """Run `argv` to its end; its exit code, or 128 + the signal that killed it, as shells say."""
    wanted = _signals_as_bytes()
    if not _told_to_go(wanted):
        return NEVER_STARTED
    child = _start(argv, keep)
    assert child.stdout and child.stderr
    output = Output(1)
    sources = [Lines(child.stdout, b"o:"), Lines(child.stderr, b"e:")]
    stopping = Stopping(child, interrupt=interrupt, terminate=terminate)
    ended = os.pidfd_open(child.pid)
    deadline: float | None = None

    while any(source.open for source in sources) or deadline is None:
        stopping.step()
        if stopping.begun and len(output.pending) > BACKLOG_BYTES:
            output.give_up()  # saving the state comes before telling about it
        waiting_for = _select(
            output, sources, ended if deadline is None else None, wanted, stopping
        )
        if wanted in waiting_for or (
            not stopping.begun and 0 in waiting_for and not os.read(0, 64)
        ):
            stopping.begin()
        for source in sources:
            if source.open and source.pipe.fileno() in waiting_for:
                source.read_into(output)
        output.flush()
        if deadline is None and child.poll() is not None:
            deadline = time.monotonic() + DRAIN_SECONDS
        if deadline is not None and time.monotonic() > deadline:
            break

    _end_orphans()
    _last_words(output)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _start(argv: list[str], keep: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """tofu, dying with us. Must run in the main thread: PDEATHSIG follows the starting thread."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    parent = os.getpid()

    def die_with_parent() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(NEVER_STARTED)

    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=keep,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one thread only
    )


def _select(
    output: Output,
    sources: list[Lines],
    ended: int | None,
    wanted: int,
    stopping: Stopping,
) -> set[int]:
    with selectors.DefaultSelector() as selector:
        selector.register(wanted, selectors.EVENT_READ)
        if not stopping.begun:
            selector.register(0, selectors.EVENT_READ)
        if ended is not None:
            selector.register(ended, selectors.EVENT_READ)
        if output.pending:
            selector.register(output.descriptor, selectors.EVENT_WRITE)
        if len(output.pending) <= BACKLOG_BYTES:
            for source in sources:
                if source.open:
                    selector.register(source.pipe.fileno(), selectors.EVENT_READ)
        return {key.fd for key, _ in selector.select(stopping.wait_for())}


def _signals_as_bytes() -> int:
    """A descriptor that becomes readable when somebody asks us to stop by signal."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return reader


def _told_to_go(wanted: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(wanted, selectors.EVENT_READ)
        ready = {key.fd for key, _ in selector.select()}
    return wanted not in ready and os.read(0, 3) == b"go\n"


def _end_orphans() -> None:
    """Plugins outlive a killed tofu; as their subreaper we are their parent now and end them."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while left := children.read_text().split():
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(int(pid), 0)


def _last_words(output: Output) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    while output.pending and time.monotonic() < deadline:
        with selectors.DefaultSelector() as selector:
            selector.register(output.descriptor, selectors.EVENT_WRITE)
            selector.select(0.2)
        output.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run tofu; stop it when stdin closes.")
    parser.add_argument("--interrupt", type=float, required=True)
    parser.add_argument("--terminate", type=float, required=True)
    parser.add_argument("--keep", type=int, action="append", default=[])
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    return supervise(
        arguments.command,
        interrupt=arguments.interrupt,
        terminate=arguments.terminate,
        keep=tuple(arguments.keep),
    )


if __name__ == "__main__":
    sys.exit(main())
