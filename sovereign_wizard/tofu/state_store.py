"""Reads the state row of tofu's `pg` backend, and drops it at the end.

It is ciphertext, and nothing here can open it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg import sql

from catalyst.vault.secret import Secret
from sovereign_wizard.tofu.problems import StateStoreAway

CONNECT_SECONDS = 10
LOCK_SECONDS = 10
# The backend's table and the only workspace we use.
TABLE, WORKSPACE = "states", "default"


@dataclass(frozen=True, slots=True)
class EncryptedState:
    """`serial`: tofu's count of changes, which it leaves readable beside the ciphertext."""

    serial: int
    content: bytes = field(repr=False)


Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def connect(dsn: Secret) -> Iterator[Connection]:
    """A session of our own with the state's database. Raises StateStoreAway, then and later."""
    try:
        with psycopg.connect(
            dsn.reveal(), autocommit=True, connect_timeout=CONNECT_SECONDS
        ) as connection:
            yield connection
    except psycopg.OperationalError:
        # Its text may hold parts of the connection string, so the cause is not handed on.
        raise StateStoreAway("The database that keeps OpenTofu's state does not answer.") from None


def up_since(*, dsn: Secret) -> datetime:
    """When this database server was started: a tofu that began before it lost its session."""
    with connect(dsn) as connection:
        row = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    assert row is not None and isinstance(row[0], datetime)
    return row[0]


def read(*, dsn: Secret, schema: str) -> EncryptedState | None:
    """The state of this schema; None before tofu wrote one. Raises StateStoreAway."""
    query = sql.SQL("SELECT data FROM {} WHERE name = %s").format(sql.Identifier(schema, TABLE))
    with connect(dsn) as connection:
        try:
            row = connection.execute(query, [WORKSPACE]).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return None
    if row is None or not row[0]:
        return None
    text = str(row[0])
    document = json.loads(text)
    if "encrypted_data" not in document:
        raise ValueError("the state is not encrypted; it must not be copied")
    return EncryptedState(serial=int(document.get("serial") or 0), content=text.encode())


def drop(*, dsn: Secret, schema: str) -> None:
    """Remove this schema with the state in it; fine when it is gone already.

    Not undone by anybody's rollback: call it inside your lease's fence, when every tofu that could
    use it is over. Raises StateStoreAway, also when somebody still reads it.
    """
    query = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
    with connect(dsn) as connection:
        connection.execute(f"SET lock_timeout TO {LOCK_SECONDS * 1000}")
        connection.execute(query)
