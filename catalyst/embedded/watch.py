"""What the supervisor remembers about one service: its condition, its tries, its times."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from catalyst.embedded import logfiles
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState
from catalyst.embedded.status import Condition, ServiceStatus

TRIES = 3  # while the stack starts
_FIRST_PAUSE, _LONGEST_PAUSE = (
    0.5,
    30.0,
)  # seconds between two starts, doubled each time
_STEADY_SECONDS = 60.0  # up for this long: the next crash counts as the first


class Watched:
    """Times are of the monotonic clock, in seconds."""

    def __init__(self, service: Service, *, log: Path) -> None:
        self.service = service
        self.log = log
        self.condition = Condition.WAITING
        self.pid: int | None = None
        self.session: int | None = None  # of the last start; outlives its leader
        self.stop_deadline = 0.0
        self.too_slow = False
        self._detail = ""
        self._crashes = 0
        self._restarts = 0
        self._started_at = 0.0
        self._up_at: float | None = None
        self._seconds: float | None = None
        self._next_start = 0.0
        self._log_offset = 0

    def may_start(self, *, now: float) -> bool:
        return self.condition is Condition.WAITING or (
            self.condition is Condition.RESTARTING and now >= self._next_start
        )

    def started(self, start: Callable[[], int]) -> None:
        self._log_offset = self.log.stat().st_size if self.log.exists() else 0
        self._started_at = time.monotonic()
        self.pid = self.session = start()
        self.condition = Condition.STARTING
        self.too_slow = False
        self._up_at = None

    def answers(self, state: StackState) -> bool:
        """Whether the program is up. Whatever a probe raises means "not yet"."""
        if self.service.ready_line is not None:
            return self.service.ready_line.encode() in logfiles.text_since(
                self.log, self._log_offset
            )
        with suppress(Exception):
            return self.service.probe is not None and self.service.probe(state)
        return False

    def overdue(self, *, now: float) -> bool:
        return now - self._started_at > self.service.deadline

    def is_up(self) -> None:
        self.condition = Condition.UP
        self._up_at = time.monotonic()
        self._seconds = round(self._up_at - self._started_at, 1)
        self._detail = ""

    def is_done(self) -> None:
        self.condition = Condition.DONE
        self._seconds = round(time.monotonic() - self._started_at, 1)

    def run_again(self) -> None:
        if self.condition is Condition.DONE:
            self.condition = Condition.WAITING

    def skip(self) -> None:
        self.condition = Condition.DONE
        self._seconds = 0.0

    def tries_left(self) -> bool:
        return not self.too_slow and not self.service.run_once and self._crashes + 1 < TRIES

    def retry_later(self, detail: str) -> None:
        now = time.monotonic()
        if self._up_at is not None and now - self._up_at > _STEADY_SECONDS:
            self._crashes = 0
        pause = min(_FIRST_PAUSE * 2**self._crashes, _LONGEST_PAUSE)
        self._crashes += 1
        self._restarts += 1
        self._next_start = now + pause
        self._detail = detail
        self.condition = Condition.RESTARTING

    def fail(self, detail: str) -> None:
        self._detail = detail
        self.condition = Condition.FAILED

    def ask_to_stop(self) -> None:
        assert self.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self.pid, self.service.stop_signal)
        self.stop_deadline = time.monotonic() + self.service.stop_seconds
        if self.condition is not Condition.FAILED:
            self.condition = Condition.STOPPING

    def needs_a_look(self) -> bool:
        return self.condition in (Condition.STARTING, Condition.RESTARTING)

    def status(self, state: StackState) -> ServiceStatus:
        return ServiceStatus(
            condition=self.condition,
            pid=self.pid,
            seconds=self._seconds,
            restarts=self._restarts,
            where=self.service.where(state),
            detail=self._detail,
        )
