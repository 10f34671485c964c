"""Runs one tofu command under the supervisor and gives its lines out as events while it runs.

Must never let tofu outlive the caller's right to run it, and never log what tofu writes itself.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sovereign_wizard.tofu import identity as identities
from sovereign_wizard.tofu import stream, supervisor, vendor_codes
from sovereign_wizard.tofu.command import Command, Reads
from sovereign_wizard.tofu.environment import Environment
from sovereign_wizard.tofu.identity import ProcessIdentity
from sovereign_wizard.tofu.jail import launch
from sovereign_wizard.tofu.problems import (
    StateLocked,
    TofuFailed,
    TofuMissing,
    TofuStopped,
    VendorBusy,
)
from sovereign_wizard.tofu.stream import Diagnostic, Event, Severity, Text
from sovereign_wizard.tofu.workdir import Workdir

# tofu ends by itself after SIGINT as soon as the resources in work are done and saved; a server
# takes Hetzner up to a minute or so.
INTERRUPT_SECONDS = 120.0
TERMINATE_SECONDS = 20.0
# What a tofu that was told to stop may take, and some time to be told.
ENDING_SECONDS = INTERRUPT_SECONDS + TERMINATE_SECONDS + 30
_TICK_SECONDS = 0.25

# tofu has no error codes; this summary has been the same since the lock exists.
_LOCKED = "Error acquiring the state lock"


@dataclass(frozen=True, slots=True)
class Result:
    """What a successful command left. `document` (of `show` and `output`) may hold secrets."""

    command: str
    exit_code: int
    diagnostics: tuple[Diagnostic, ...]
    document: str = field(default="", repr=False)


def run(
    command: Command,
    *,
    environment: Environment,
    workdir: Workdir,
    on_start: Callable[[ProcessIdentity], None],
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
    interrupt_seconds: float = INTERRUPT_SECONDS,
    terminate_seconds: float = TERMINATE_SECONDS,
) -> Result:
    """Run `command` in `workdir` to its end.

    - `on_start` is told who the process is **before** tofu starts; if it raises, tofu never does.
    - `on_event` gets every event, in order, in this thread.
    - `should_stop` is asked about four times a second; once true, tofu is interrupted.

    Raises TofuStopped (asked to stop, and did not finish well before), StateLocked, VendorBusy,
    TofuFailed, TofuMissing, ProvidersNotPinned, and whatever a callback raises — after tofu was
    interrupted and ended.
    """
    if not Path(command.argv[0]).is_file():
        raise TofuMissing(f"There is no tofu program at {command.argv[0]}.")
    process = _spawn(command, environment, workdir, interrupt_seconds, terminate_seconds)
    session = _Session(command, process, on_event)
    try:
        on_start(identities.of(process.pid))
        session.say_go()
        session.follow(should_stop)
    finally:
        session.end(interrupt_seconds + terminate_seconds + 10)
    return session.result()


class _Session:
    """One supervisor: its pipes, what was read so far, and whether we asked it to stop."""

    def __init__(
        self,
        command: Command,
        process: subprocess.Popen[bytes],
        on_event: Callable[[Event], None],
    ) -> None:
        self.command, self.process, self.on_event = command, process, on_event
        self.stopped = False
        self.rest = b""
        self.document: list[str] = []
        self.diagnostics: list[Diagnostic] = []
        self.words: list[str] = []

    def say_go(self) -> None:
        assert self.process.stdin
        with suppress(BrokenPipeError):
            self.process.stdin.write(b"go\n")

    def follow(self, should_stop: Callable[[], bool]) -> None:
        """Until the supervisor has closed its output."""
        asked = time.monotonic()
        assert self.process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                if selector.select(_TICK_SECONDS) and not self._read(self.process.stdout.fileno()):
                    return
                if not self.stopped and time.monotonic() - asked >= _TICK_SECONDS:
                    asked = time.monotonic()
                    if should_stop():
                        self.ask_to_stop()

    def ask_to_stop(self) -> None:
        self.stopped = True
        if self.process.stdin and not self.process.stdin.closed:
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def end(self, seconds: float) -> None:
        """Close both pipes and wait; the supervisor keeps its budgets, else all are killed."""
        if self.process.stdin and not self.process.stdin.closed:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def result(self) -> Result:
        code = self.process.returncode
        if code in self.command.ok:
            return Result(
                self.command.name,
                code,
                tuple(self.diagnostics),
                "\n".join(self.document),
            )
        found: Mapping[str, object] = {
            "command": self.command.name,
            "exit_code": code,
            "diagnostics": list(self.diagnostics),
            "codes": sorted(vendor_codes.codes(self.diagnostics)),
        }
        if self.stopped:
            raise TofuStopped(f"tofu {self.command.name} was stopped on request.", **found)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        if any(error.summary == _LOCKED for error in errors):
            raise StateLocked("Another run holds the lock on this Deployment's state.", **found)
        if vendor_codes.all_passing(errors):
            raise VendorBusy(self._why(errors), **found)
        raise TofuFailed(self._why(errors), **found)

    def _why(self, errors: list[Diagnostic]) -> str:
        if errors:
            first = errors[0]
            said = f"{first.summary}: {first.detail.strip()}" if first.detail else first.summary
            return f"{said} {vendor_codes.meaning(errors)}".strip()
        tail = " ".join(self.words[-5:])
        return f"tofu {self.command.name} ended with code {self.process.returncode}. {tail}".strip()

    def _read(self, descriptor: int) -> bool:
        chunk = os.read(descriptor, 1 << 16)
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        for line in lines if chunk else [self.rest]:
            self._take(line.decode("utf-8", errors="replace"))
        return bool(chunk)

    def _take(self, line: str) -> None:
        mark, text = line[:2], line[2:]
        if mark == "o:" and self.command.reads is Reads.DOCUMENT:
            self.document.append(text)
            return
        if not text.strip():
            return
        event = stream.parse(text)
        if isinstance(event, Diagnostic):
            self.diagnostics.append(event)
        elif isinstance(event, Text):
            self.words.append(event.message)
        self.on_event(event)


def _spawn(
    command: Command,
    environment: Environment,
    workdir: Workdir,
    interrupt_seconds: float,
    terminate_seconds: float,
) -> subprocess.Popen[bytes]:
    with launch.of(command, environment=environment, workdir=workdir) as jailed:
        argv = [
            sys.executable,
            "-I",
            supervisor.__file__,
            f"--interrupt={interrupt_seconds}",
            f"--terminate={terminate_seconds}",
            *jailed.options,
            "--",
            *jailed.argv,
        ]
        # A session of its own: a Ctrl-C or SIGKILL meant for the worker's group does not reach
        # tofu.
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=workdir.path,
            env=environment.reveal(),
            pass_fds=jailed.keep,
            start_new_session=True,
        )
