"""The one loop that makes the services be up: starts, watches, restarts and stops them.

Single-threaded on purpose: the kernel ties the death signal of a child to the thread that started
it. It sleeps in sigtimedwait(2), so an ended child or a stop is seen at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from catalyst.embedded import child, logfiles, processes
from catalyst.embedded.selection import before, stand_on
from catalyst.embedded.service import CannotStart, Service
from catalyst.embedded.state import StackState
from catalyst.embedded.status import Condition, Phase, StackStatus
from catalyst.embedded.watch import Watched

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
STOP_SECONDS = 8.0  # a whole stop; what still lives then is killed
_LOOK_SECONDS = 0.05  # between two probes while something starts
_IDLE_SECONDS = 5.0  # between two looks at the size of the logs


class Supervisor:
    """Runs `services` (in an order of starting) until told to stop or one cannot be started."""

    def __init__(
        self, *, services: Sequence[Service], state: StackState, run: str, keeper: int
    ) -> None:
        self._state = state
        self._watched = {
            service.name: Watched(service, log=state.log_dir / f"{service.name}.log")
            for service in services
        }
        self._before = {service.name: before(service, services) for service in services}
        self._stand_on = stand_on(services)
        self._waited_for = [service.name for service in services if not service.late]
        self._run = run
        self._keeper = keeper
        self._phase = Phase.STARTING
        self._detail = ""
        self._stopping = False
        self._published: StackStatus | None = None
        self._logs_seen_at = time.monotonic()

    def run(self) -> int:
        """Exit code: 0 after a stop that was asked for, 1 when a service could not be started."""
        asked_to_stop = False
        while not asked_to_stop and self._phase is not Phase.FAILED:
            self._collect()
            self._advance()
            self._publish()
            asked_to_stop = self._sleep()
        self._stop()
        return 1 if self._phase is Phase.FAILED else 0

    # --- one turn of the loop --------------------------------------------------------------------

    def _collect(self) -> None:
        """Take note of the children that ended."""
        for pid, code in processes.reap_all().items():
            for watched in self._watched.values():
                if watched.pid == pid:
                    self._ended(watched, code)

    def _ended(self, watched: Watched, code: int) -> None:
        watched.pid = None
        self._pid_file(watched).unlink(missing_ok=True)
        # What the program had started would otherwise go on by itself next to the new one.
        self._kill_tree(watched)
        if self._stopping or watched.condition is Condition.FAILED:
            return
        if watched.service.run_once and code == 0:
            watched.is_done()
            return
        detail = _how_it_ended(watched, code)
        if self._phase is Phase.UP or watched.tries_left():
            watched.retry_later(detail)
            self._run_parts_again(watched.service)
        else:
            self._fail(watched, detail)

    def _run_parts_again(self, service: Service) -> None:
        """What runs once after each start of the service: pebble, for one, has a new root then."""
        for watched in self._watched.values():
            part = watched.service
            if part.part_of == service.name and service.name in part.needs:
                watched.run_again()

    def _advance(self) -> None:
        for name, watched in self._watched.items():
            if self._phase is Phase.FAILED:
                return
            if watched.may_start(now=time.monotonic()) and self._all_up(self._before[name]):
                self._start(watched)
            elif watched.condition is Condition.STARTING and not watched.service.run_once:
                self._look(watched)
            elif watched.condition is Condition.STARTING:
                self._hurry(watched)
        if self._phase is Phase.STARTING and self._all_up(self._waited_for):
            self._phase = Phase.UP

    def _start(self, watched: Watched) -> None:
        if not watched.service.wanted(self._state):
            watched.skip()
            return
        try:
            watched.service.prepare(self._state)
            watched.started(lambda: child.start(watched.service, self._state, watched.log))
        except (CannotStart, OSError, subprocess.SubprocessError) as error:
            self._fail(watched, str(error))
            return
        self._pid_file(watched).write_text(f"{watched.pid}\n")

    def _look(self, watched: Watched) -> None:
        if watched.answers(self._state):
            watched.is_up()
        else:
            self._hurry(watched)

    def _hurry(self, watched: Watched) -> None:
        """Past its deadline a program is killed; its end is then dealt with like any other."""
        if not watched.too_slow and watched.overdue(now=time.monotonic()):
            watched.too_slow = True
            self._kill_tree(watched)

    def _fail(self, watched: Watched, detail: str) -> None:
        watched.fail(detail)
        self._phase = Phase.FAILED
        self._detail = f"{watched.service.name}: {detail}"

    def _sleep(self) -> bool:
        """Wait for a signal or the next thing to do; true when asked to stop."""
        busy = any(watched.needs_a_look() for watched in self._watched.values())
        got = signal.sigtimedwait(SIGNALS, _LOOK_SECONDS if busy else _IDLE_SECONDS)
        if time.monotonic() - self._logs_seen_at > _IDLE_SECONDS:
            self._logs_seen_at = time.monotonic()
            for watched in self._watched.values():
                logfiles.rotate(watched.log)
        return got is not None and got.si_signo != signal.SIGCHLD

    # --- the end ---------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Each service after all that lean on it; in its own way first, then by force."""
        self._stopping = True
        if self._phase is not Phase.FAILED:
            self._phase = Phase.STOPPING
        deadline = time.monotonic() + STOP_SECONDS
        asked: set[str] = set()
        while running := {name: w for name, w in self._watched.items() if w.pid is not None}:
            late = time.monotonic() > deadline
            for name, watched in running.items():
                if name not in asked and (late or not self._leaning_on(name, running)):
                    watched.ask_to_stop()
                    asked.add(name)
                elif name in asked and (late or time.monotonic() > watched.stop_deadline):
                    self._kill_tree(watched)
            self._publish()
            signal.sigtimedwait(SIGNALS, _LOOK_SECONDS)
            self._collect()
        processes.kill_until_gone(lambda: processes.descendants(os.getpid()))
        processes.reap_all()
        self._end()

    def _end(self) -> None:
        for watched in self._watched.values():
            if watched.condition is not Condition.FAILED:
                watched.condition = Condition.STOPPED
        if self._phase is not Phase.FAILED:
            self._phase = Phase.STOPPED
        self._publish()

    def _leaning_on(self, name: str, running: Iterable[str]) -> bool:
        return any(name in self._stand_on[other] for other in running)

    def _kill_tree(self, watched: Watched) -> None:
        """Kill the service's program and everything it has started, wherever that hung itself."""
        processes.kill_until_gone(
            lambda: processes.of_service(
                self._state.state_dir,
                watched.service.name,
                under=os.getpid(),
                session=watched.session,
            )
        )

    # --- what others see -------------------------------------------------------------------------

    def _publish(self) -> None:
        status = StackStatus(
            run=self._run,
            keeper=self._keeper,
            supervisor=os.getpid(),
            phase=self._phase,
            public_range=self._state.public_range,
            detail=self._detail,
            services={name: w.status(self._state) for name, w in self._watched.items()},
        )
        if status != self._published:
            status.write(self._state.run_dir / "status.json")
            self._published = status

    def _all_up(self, names: Iterable[str]) -> bool:
        return all(
            self._watched[name].condition in (Condition.UP, Condition.DONE) for name in names
        )

    def _pid_file(self, watched: Watched) -> Path:
        return self._state.run_dir / f"{watched.service.name}.pid"


def _how_it_ended(watched: Watched, code: int) -> str:
    if watched.too_slow:
        return f"was not up after {watched.service.deadline:.0f} s"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
