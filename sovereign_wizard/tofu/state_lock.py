"""Who holds the lock on a Deployment's state, and the end of exactly that session.

The `pg` backend's lock is a session advisory lock, so it lives as long as a PostgreSQL session. A
tofu that vanished with its host leaves one behind for hours. We end that one session, after its
process is proven gone or its lease is over, and never `force-unlock`.
Source: OpenTofu 1.12, internal/backend/remote-state/pg/client.go.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from catalyst.vault.secret import Secret
from sovereign_wizard.tofu.problems import StillRunning
from sovereign_wizard.tofu.state_store import TABLE, WORKSPACE, Connection, connect

ENDED_SECONDS = 5.0

HOLDER = """
SELECT a.pid, a.backend_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ((l.classid::bigint << 32) | l.objid::bigint) = ANY(%s)
"""
END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s
"""


@dataclass(frozen=True, slots=True)
class Session:
    """One PostgreSQL session. A pid alone could be another session's by now."""

    pid: int
    started: datetime


def holder(*, dsn: Secret, schema: str) -> Session | None:
    """The session that holds the lock on this schema's state, if any. Raises StateStoreAway."""
    with connect(dsn) as connection:
        return _holder(connection, schema)


def end(session: Session, *, dsn: Secret, schema: str) -> None:
    """End this session and see it gone. Call it inside your lease's fence: nobody newer may hold
    the lock then. Raises StateStoreAway, StillRunning."""
    with connect(dsn) as connection:
        connection.execute(END, [session.pid, session.started])
        deadline = time.monotonic() + ENDED_SECONDS
        while _holder(connection, schema) == session:
            if time.monotonic() > deadline:
                raise StillRunning(
                    "The database session of an earlier OpenTofu run does not end.",
                    backend=session.pid,
                )
            time.sleep(0.05)


def _holder(connection: Connection, schema: str) -> Session | None:
    row = connection.execute(HOLDER, [_lock_ids(connection, schema)]).fetchone()
    if row is None:
        return None
    pid, started = row
    assert isinstance(pid, int) and isinstance(started, datetime)
    return Session(pid, started)


def _lock_ids(connection: Connection, schema: str) -> list[object]:
    """The row's id is the lock's; before there is a row, a hash of the schema and the table is."""
    query = sql.SQL("SELECT id FROM {} WHERE name = %s").format(sql.Identifier(schema, TABLE))
    try:
        row = connection.execute(query, [WORKSPACE]).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        row = None
    creation = -_fnv1(f"{schema}\0{TABLE}".encode())
    return [creation, *(row or ())]


def _fnv1(text: bytes) -> int:
    """FNV-1, 32 bit, as Go's `fnv.New32`."""
    value = 0x811C9DC5
    for byte in text:
        value = (value * 0x01000193 & 0xFFFFFFFF) ^ byte
    return value
