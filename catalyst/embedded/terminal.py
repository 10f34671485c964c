"""`stack up | status | logs | person | down` in a terminal: words in, lines and an exit code out.

It parses and prints; what is done is done by `control.py`.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from catalyst.embedded import control, logfiles
from catalyst.embedded.keeper import ALREADY_RUNNING
from catalyst.embedded.realm.admin import Admin, Refused
from catalyst.embedded.realm.document import ROLES
from catalyst.embedded.state import StackState, default_state_dir
from catalyst.embedded.status import Condition, Phase, ServiceStatus, StackStatus

_PATIENCE_SECONDS = 10.0  # after so long without a line, say what is waited for
_TAIL = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    up = actions.add_parser("up", help="start everything and keep it running; Ctrl-C stops it")
    up.add_argument("--detach", action="store_true", help="return as soon as everything is up")
    up.add_argument("--only", default="", help="these services and what they need: postgres,redis")
    status = actions.add_parser("status", help="what runs, since when, where")
    status.add_argument("--json", action="store_true", dest="as_json")
    logs = actions.add_parser("logs", help="the last lines of one service's log, or of all")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    person = actions.add_parser("person", help="who may log in; password on standard input")
    person.add_argument("email")
    person.add_argument("--role", action="append", choices=ROLES, required=True)
    actions.add_parser("down", help="stop everything")


def run(options: Mapping[str, Any]) -> int:
    """Exit code."""
    stack = control.Stack(default_state_dir())
    try:
        match options["action"]:
            case "up":
                only = [name for name in str(options["only"]).replace(",", " ").split() if name]
                return up(stack, only, detach=bool(options["detach"]))
            case "status":
                return show_status(stack, as_json=bool(options["as_json"]))
            case "logs":
                return show_logs(stack, options["name"], follow=bool(options["follow"]))
            case "person":
                return add_person(stack, options["email"], options["role"])
            case _:
                return down(stack)
    except (control.StackError, Refused) as error:
        print(error, file=sys.stderr)
        return 1


# --- up ------------------------------------------------------------------------------------------


def up(stack: control.Stack, only: list[str], *, detach: bool) -> int:
    """Without `detach` it stays until the stack ends; a signal to this process ends the stack."""
    keeper = stack.start(only, detach=detach)
    with _signals_passed_on(keeper):
        return _watch(stack, keeper, only, detach=detach)


@contextmanager
def _signals_passed_on(keeper: subprocess.Popen[bytes]) -> Iterator[None]:
    handlers = {
        signum: signal.signal(signum, lambda *_: keeper.terminate())
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for signum, handler in handlers.items():
            signal.signal(signum, handler)


def _watch(
    stack: control.Stack, keeper: subprocess.Popen[bytes], only: list[str], *, detach: bool
) -> int:
    progress = Progress()

    def over() -> bool:
        progress.say_what_is_waited_for()
        return keeper.poll() is not None or (detach and progress.phase is Phase.UP)

    for status in stack.changes(over):
        if status.keeper == keeper.pid:
            progress.show(status)
    if keeper.poll() == ALREADY_RUNNING:
        return _already_running(stack, only, wait=detach)
    if detach and progress.phase is Phase.UP:
        keeper.returncode = 0  # it goes on without us
        return 0
    if keeper.returncode != 0:
        _explain(stack, progress)
        return 1
    print(f"stopped after {progress.seconds:.0f} s", flush=True)
    return 0


class Progress:
    """One line per service as it comes up, and a line for whatever else happens to it."""

    def __init__(self) -> None:
        self.status: StackStatus | None = None
        self.was_up = False
        self._began = self._last_line = time.monotonic()

    @property
    def phase(self) -> Phase | None:
        return self.status.phase if self.status else None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def show(self, status: StackStatus) -> None:
        before = self.status
        self.status = status
        for name, service in status.services.items():
            known = before.services.get(name) if before else None
            if known is None or known.condition is not service.condition:
                self._service(name, service)
        if status.phase is Phase.UP and (before is None or before.phase is not Phase.UP):
            self.was_up = True
            self._line(f"  up in {self.seconds:.1f} s")
        if status.phase is Phase.STOPPING and (
            before is None or before.phase is not Phase.STOPPING
        ):
            self._line("  stopping …")

    def say_what_is_waited_for(self) -> None:
        if time.monotonic() - self._last_line < _PATIENCE_SECONDS or self.phase not in (
            Phase.STARTING,
            Phase.UP,
        ):
            return
        assert self.status is not None
        names = [n for n, s in self.status.services.items() if s.condition is Condition.STARTING]
        if names:
            self._line(f"  … {', '.join(names)} ({self.seconds:.0f} s)")

    def _service(self, name: str, service: ServiceStatus) -> None:
        match service.condition:
            case Condition.UP | Condition.DONE:
                seconds = f"{service.seconds or 0:.1f} s"
                self._line(f"  ✓ {name:<16} {seconds:>7}  {service.where}")
            case Condition.RESTARTING | Condition.FAILED:
                self._line(f"  ✗ {name:<16}          {service.condition}: {service.detail}")

    def _line(self, text: str) -> None:
        self._last_line = time.monotonic()
        print(text.rstrip(), flush=True)


def wait_for(stack: control.Stack, name: str) -> None:
    """Wait for a late service of a stack that is up, and tell what is waited for.

    Raises `StackError` when the stack has no such service, or ends first.
    """
    progress = Progress()

    def over() -> bool:
        progress.say_what_is_waited_for()
        if progress.status is None:
            return False
        service = progress.status.services.get(name)
        good = service is None or service.condition in (Condition.UP, Condition.DONE)
        return good or not stack.is_running()

    for status in stack.changes(over):
        progress.status = status
    if not stack.is_running() or progress.status is None or name not in progress.status.services:
        raise control.StackError(f"the stack runs no {name}: see stack logs {name}")


def _already_running(stack: control.Stack, only: list[str], *, wait: bool) -> int:
    status = stack.other(wait=wait)
    lacking = [name for name in only if name not in status.services]
    if not only and control.everything() != set(status.services):
        lacking = sorted(control.everything() - set(status.services))
    if lacking:
        raise control.StackError(
            f"a stack is running here without {', '.join(lacking)}: stop it first (stack down)"
        )
    print(f"  already {'running' if status.phase is Phase.UP else status.phase}: see stack status")
    return 0


def _explain(stack: control.Stack, progress: Progress) -> None:
    """The failing service's last words; before there were services, the stack's own."""
    status = progress.status
    what = "The stack has ended." if progress.was_up else "The stack did not start."
    failed = (
        []
        if status is None
        else [name for name, s in status.services.items() if s.condition is Condition.FAILED]
    )
    print(
        f"\n{what} {status.detail if status else ''}".rstrip(),
        file=sys.stderr,
    )
    for name in failed or ["stack"]:
        path = stack.log_dir / f"{name}.log"
        for line in logfiles.last_lines(path, _TAIL):
            print(f"  {name} | {line}", file=sys.stderr)
        print(f"  whole log: {path}", file=sys.stderr)


# --- status, logs, person, down -------------------------------------------------------------------


def show_status(stack: control.Stack, *, as_json: bool) -> int:
    """Exit code 0 when everything is up, 3 (as `systemctl status`) when not."""
    running = stack.is_running()
    status = stack.status() if running else None
    services = stack.checked(status) if status else {}
    if as_json:
        document = {
            "running": running,
            "state_dir": str(stack.state_dir),
            "phase": status.phase if status else Phase.STOPPED,
            "public_range": status.public_range if status else None,
            "services": {name: asdict(service) for name, service in services.items()},
        }
        print(json.dumps(document, indent=2))
    elif status is None:
        print(f"no stack is running on {stack.state_dir}")
    else:
        print(f"{status.phase}  {stack.state_dir}  public range {status.public_range or 'none'}")
        for name, service in services.items():
            again = f"started again {service.restarts}×" if service.restarts else ""
            said = "  ".join(filter(None, (service.where, service.detail, again)))
            print(f"  {name:<16} {service.condition:<11} {service.pid or '-':>8}  {said}".rstrip())
    good = {Condition.UP, Condition.DONE}
    well = status is not None and all(s.condition in good for s in services.values())
    return 0 if well else 3


def show_logs(stack: control.Stack, name: str | None, *, follow: bool) -> int:
    paths = [stack.log_dir / f"{name}.log"] if name else sorted(stack.log_dir.glob("*.log"))
    if not paths or (name and not paths[0].exists()):
        raise control.StackError(f"there is no log of {name or 'any service'} in {stack.log_dir}")
    width = max(len(path.stem) for path in paths)
    for path in paths:
        for line in logfiles.last_lines(path, _TAIL if not name else 10 * _TAIL):
            print(line if name else f"{path.stem:<{width}} | {line}")
    if follow:
        try:
            for path, line in logfiles.follow(paths, until=lambda: False):
                print(line if name else f"{path.stem:<{width}} | {line}", flush=True)
        except KeyboardInterrupt:
            pass
    return 0


def add_person(stack: control.Stack, email: str, roles: list[str]) -> int:
    """Raises `Refused`. Who is there already stays as they are: exit code 1."""
    password = sys.stdin.readline().rstrip("\n")
    with Admin(StackState.load(stack.state_dir)) as admin:
        added = admin.add_person(email=email, password=password, roles=roles)
    print(f"{email} may log in" if added else f"{email} was there already; nothing was changed")
    return 0 if added else 1


def down(stack: control.Stack) -> int:
    began = time.monotonic()
    if stack.stop():
        print(f"stopped in {time.monotonic() - began:.1f} s")
    else:
        print("no stack is running")
    return 0
