"""A small program that runs tofu as its child and stops it when its own stdin closes.

`python supervisor.py --interrupt SECONDS --terminate SECONDS [--keep FD] -- tofu …` waits for one
line on stdin ("go"), then runs the command. When stdin reaches its end — the worker died, lost its
lease or wants to cancel — tofu gets SIGINT and saves its state; after `--interrupt` seconds
SIGTERM, after `--terminate` more SIGKILL. SIGTERM and SIGINT to this program mean the same as a
closed stdin. tofu's lines come out on stdout, marked `o:` (stdout) or `e:` (stderr); when nobody
reads them any more they are thrown away, because a full or closed pipe must never stop tofu from
saving its state. If this program is killed, the kernel kills tofu.

How tofu is locked in is told by options: `--room` (the command is bwrap's, tofu is inside; with
`--door` for each way out of its network) or `--reads`, `--writes`, `--port` (a fence).

Uses the standard library only, and of ours the parts of the jail that do too: it is started with
the bare environment of tofu. No secret is ever in its argv.
"""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

# Started alone and isolated, it finds what is ours by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sovereign_wizard.tofu.jail.child import Door
from sovereign_wizard.tofu.jail.start import NEVER_STARTED, Jail, program_in, start
from sovereign_wizard.tofu.lines import Lines, Output

# What a living but busy reader may leave unread before tofu has to wait for it.
BACKLOG_BYTES = 4 << 20
# How long output may still trickle after tofu has ended (a plugin may hold the pipe).
DRAIN_SECONDS = 2.0
# How soon a room that is being made is looked at again.
LOOK_SECONDS = 0.05


class Stopping:
    """The ladder SIGINT → SIGTERM → SIGKILL, each step once, each after its budget."""

    def __init__(
        self, child: subprocess.Popen[bytes], *, room: bool, interrupt: float, terminate: float
    ) -> None:
        self.child, self.room = child, room
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
            number, budget = self.ladder[0]
            if self._send(number):
                self.ladder.pop(0)
                self.due = time.monotonic() + budget
            else:
                self.due = time.monotonic() + LOOK_SECONDS

    def _send(self, number: signal.Signals) -> bool:
        """Whether somebody got it. A room is ended by killing bwrap, but only tofu can save."""
        if not self.room or number is signal.SIGKILL:
            self.child.send_signal(number)
            return True
        program = program_in(self.child.pid)
        if program is None:
            return False  # the room is being made, or tofu has ended just now
        with suppress(ProcessLookupError):
            os.kill(program, number)
        return True

    def wait_for(self) -> float:
        return 1.0 if self.due is None else min(1.0, max(0.0, self.due - time.monotonic()))


def supervise(argv: list[str], *, interrupt: float, terminate: float, jail: Jail) -> int:
    """Run `argv` to its end; its exit code, or 128 + the signal that killed it, as shells say."""
    wanted = _signals_as_bytes()
    if not _told_to_go(wanted):
        return NEVER_STARTED
    child = start(argv, jail)
    assert child.stdout and child.stderr
    output = Output(1)
    sources = [Lines(child.stdout, b"o:"), Lines(child.stderr, b"e:")]
    stopping = Stopping(child, room=jail.room, interrupt=interrupt, terminate=terminate)
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
    parser.add_argument("--room", action="store_true")
    parser.add_argument("--door", type=Door.parse, action="append", default=[])
    parser.add_argument("--fenced", action="store_true")
    parser.add_argument("--reads", type=Path, action="append", default=[])
    parser.add_argument("--writes", type=Path, action="append", default=[])
    parser.add_argument("--port", type=int, action="append", default=[])
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    return supervise(
        arguments.command,
        interrupt=arguments.interrupt,
        terminate=arguments.terminate,
        jail=Jail(
            keep=tuple(arguments.keep),
            room=arguments.room,
            doors=tuple(arguments.door),
            fenced=arguments.fenced,
            reads=tuple(arguments.reads),
            writes=tuple(arguments.writes),
            ports=tuple(arguments.port),
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
