"""Between sealing and forgetting keys: no key goes while a record under it may still be on its way.

A record is wrapped before its transaction commits, and until then nobody else sees it. So sealing
holds this lock shared until the commit, and who forgets keys takes it alone: then every record
that was ever wrapped can be counted, or never was. PostgreSQL gives both back at the end of the
transaction, also of one that was killed.
"""

from __future__ import annotations

from django.db import OperationalError, connection
from psycopg import errors

from catalyst.problem import Conflict
from catalyst.work import locks

_WRITING = "vault: on its way to "
_NAME = "vault: sealing or forgetting keys"
# Sealing queues behind who waits here, so the wait is short; a person can ask again.
PATIENCE_SECONDS = 10


def sealing() -> None:
    """Inside the transaction that will keep the record, before its key is wrapped."""
    locks.hold(_NAME, shared=True)


def forgetting() -> None:
    """Wait for every record on its way; until this transaction ends no other begins.

    Raises Conflict when one takes too long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE_SECONDS}s"])
    try:
        locks.hold(_NAME)
    except OperationalError as error:
        if not isinstance(error.__cause__, errors.LockNotAvailable):
            raise
        raise Conflict(
            f"A secret has been on its way into the vault for {PATIENCE_SECONDS} s. Nothing was "
            "forgotten; try again."
        ) from error


def writing(path: str) -> None:
    """Inside the transaction that will keep the record, before its value is written to OpenBao."""
    locks.hold(_WRITING + path, shared=True)


def is_on_its_way(path: str) -> bool:
    """May a transaction that wrote there still commit? When not, what the rows say afterwards is
    the last word. Inside a transaction."""
    return not locks.take(_WRITING + path)
