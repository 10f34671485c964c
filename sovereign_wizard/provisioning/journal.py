"""The log of one holder: lines are gathered and stored in batches under the lease's fence."""

from __future__ import annotations

import threading
from typing import Any, Self

from django.db import DatabaseError, connection

from catalyst.closing import Closing
from catalyst.eventlog.redaction import Redactor
from catalyst.eventlog.services import Line, append
from catalyst.work.leases import Heartbeat, LeaseLost

FLUSH_SECONDS = 0.1


class Journal(Closing):
    """`say()` never blocks on the database; a thread stores what was said ten times a second.

    A holder that lost its lease stores nothing more: the fence refuses, `beat.lost` is set.
    """

    def __init__(self, beat: Heartbeat, *, redactor: Redactor) -> None:
        self._beat = beat
        self.redactor = redactor
        self._lines: list[Line] = []
        self._lock = threading.Lock()
        self._storing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def say(
        self,
        text: str,
        *,
        level: str = "info",
        phase: str = "",
        source: str = "catalyst",
        data: dict[str, Any] | None = None,
    ) -> None:
        with self._lock:
            self._lines.append(Line(text, level, phase, source, data or {}))

    def flush(self) -> None:
        """Store what was said so far, in order. Raises LeaseLost."""
        with self._storing:
            if self._beat.lost.is_set():
                raise LeaseLost(f"{self._beat.held.subject} belongs to a newer holder")
            with self._lock:
                batch, self._lines = self._lines, []
            if not batch:
                return
            try:
                with self._beat.held.fenced():
                    append(self._beat.held.subject, batch, redactor=self.redactor)
            except LeaseLost:
                self._beat.lost.set()
                raise
            except Exception:
                with self._lock:
                    self._lines = batch + self._lines
                raise

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            try:
                self.flush()
            except LeaseLost:
                break
            except DatabaseError:  # it is away: what was said is kept for the next try
                connection.close()
        connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """The last lines are stored, too, unless the lease is lost. Raises LeaseLost."""
        self._stop.set()
        self._thread.join()
        if not self._beat.lost.is_set():
            self.flush()
