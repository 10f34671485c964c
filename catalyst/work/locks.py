"""Locks of PostgreSQL's under names of ours. One ends with its transaction, also of a process that
was killed."""

from __future__ import annotations

from django.db import connection


def hold(name: str, *, shared: bool = False) -> None:
    """Until this transaction ends nobody else holds it. `shared`: nobody holds it alone."""
    how = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}(hashtextextended(%s, 0))", [name])


def take(name: str) -> bool:
    """Hold it until this transaction ends, unless somebody else does. Never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
