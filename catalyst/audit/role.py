"""The rights of the application's own database role: everything it needs, and only adding here.

An app names tables of its own that are only added to: `append_only` on its AppConfig.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

APPEND_ONLY = ("audit_event", "audit_seal")
READ_ONLY = ("django_migrations",)
# {database}, {role} and {table} are what they say.
GIVEN = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
)
NO_CHANGE = "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"
NO_WRITE = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"


def grant(role: str) -> None:
    """Give `role` what web and workers need. Run as the owner of the tables after each migration.

    All of it or nothing: nobody sees the role with a right that is taken away again.
    Raises django.db.ProgrammingError for a role that is not there.
    """
    names = {
        "database": sql.Identifier(str(connection.settings_dict["NAME"])),
        "role": sql.Identifier(role),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in GIVEN:
            cursor.execute(sql.SQL(statement).format(**names))
        for statement, table in _taken():
            cursor.execute(sql.SQL(statement).format(**names, table=sql.Identifier(table)))


def append_only() -> tuple[str, ...]:
    """The kernel's own tables of this kind, and those that apps name."""
    named = (getattr(config, "append_only", ()) for config in apps.get_app_configs())
    return (*APPEND_ONLY, *(table for tables in named for table in tables))


def _taken() -> Iterator[tuple[str, str]]:
    yield from ((NO_CHANGE, table) for table in append_only())
    yield from ((NO_WRITE, table) for table in READ_ONLY)
