"""Leases with fencing: one holder per subject, and a stale holder can write nothing.

Every write of a holder happens inside `held.fenced()`, a transaction that first locks the lease
row at the holder's own generation. A taker must update that same row, so it waits for a running
write to end and every later write of the old holder fails. The database clock decides.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from django.db import DatabaseError, close_old_connections, connection, transaction

from catalyst.closing import Closing
from catalyst.problem import Problem
from catalyst.work.models import LeaseRow

TAKE = """
INSERT INTO work_lease AS l (subject, holder, generation, expires_at, process)
VALUES (%(subject)s, %(holder)s, 1, clock_timestamp() + %(ttl)s * interval '1 second', '{}')
ON CONFLICT (subject) DO UPDATE
SET holder = excluded.holder, generation = l.generation + 1, expires_at = excluded.expires_at,
    taken_at = clock_timestamp()
WHERE l.expires_at < clock_timestamp() OR l.holder = ''
RETURNING generation
"""
RENEW = """
UPDATE work_lease SET expires_at = clock_timestamp() + %(ttl)s * interval '1 second'
WHERE subject = %(subject)s AND generation = %(generation)s AND holder <> ''
  AND expires_at > clock_timestamp()
"""
# Nobody waits for the disk: a release that a crash forgets ends with the lease.
RELEASE = """
UPDATE work_lease SET holder = '' WHERE subject = %(subject)s AND generation = %(generation)s
  AND set_config('synchronous_commit', 'off', true) IS NOT NULL
"""
FENCE = """
SELECT 1 FROM work_lease
WHERE subject = %(subject)s AND generation = %(generation)s AND holder <> '' FOR SHARE
"""


class LeaseLost(Problem):
    type = "lease-lost"
    title = "Another worker has taken over"
    status = 409


@dataclass(frozen=True, slots=True)
class Held:
    """A lease this process holds. `generation` is the fencing token."""

    subject: str
    holder: str
    generation: int
    ttl: float

    def _parameters(self) -> dict[str, Any]:
        return {"subject": self.subject, "generation": self.generation, "ttl": self.ttl}

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction in which the lease is certainly ours. Raises LeaseLost."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FENCE, self._parameters())
            if cursor.fetchone() is None:
                raise LeaseLost(f"{self.subject} belongs to a newer holder", subject=self.subject)
            yield

    def renew(self) -> bool:
        """Hold it for another `ttl` seconds. False means it is lost, for good."""
        with connection.cursor() as cursor:
            cursor.execute(RENEW, self._parameters())
            return bool(cursor.rowcount)

    def release(self) -> None:
        """Give it up; harmless when it is already someone else's."""
        with connection.cursor() as cursor:
            cursor.execute(RELEASE, self._parameters())

    def remember_process(self, identity: dict[str, Any]) -> None:
        """Note a child process, so that the next holder can prove it gone before it goes on."""
        with self.fenced():
            LeaseRow.objects.filter(subject=self.subject).update(process=identity)

    def process(self) -> dict[str, Any]:
        """Identity left by an earlier holder; empty when there was none."""
        identity: dict[str, Any] = LeaseRow.objects.get(subject=self.subject).process
        return identity


def me() -> str:
    """This process as a holder, for people who look at the rows."""
    return f"{socket.gethostname()}:{os.getpid()}"


def take(subject: str, *, holder: str, ttl: float = 15.0) -> Held | None:
    """Take the lease on `subject` if it is free or expired. None when someone holds it."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"subject": subject, "holder": holder, "ttl": ttl})
        row = cursor.fetchone()
    return Held(subject, holder, row[0], ttl) if row else None


class Heartbeat(Closing):
    """Renews a lease from a thread of its own while the work runs.

    `lost` is set as soon as a renewal fails; work that can stop midway watches it.
    """

    def __init__(self, held: Held) -> None:
        self.held = held
        self.lost = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, name=f"lease {held.subject}", daemon=True
        )

    def _beat(self) -> None:
        try:
            self._renew_until_told()
        finally:
            connection.close()

    def _renew_until_told(self) -> None:
        while not self._stop.wait(self.held.ttl / 3):
            try:
                if not self.held.renew():
                    self.lost.set()
                    return
            except DatabaseError:  # it is away: try again; the fence decides in the end
                close_old_connections()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=self.held.ttl)
