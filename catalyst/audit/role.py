"""The rights of the application's own database role: everything it needs, and only adding here."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

APPEND_ONLY = ("audit_event", "audit_seal")
READ_ONLY = ("django_migrations",)


def grant(role: str) -> None:
    """Give `role` what web and workers need. Run as the owner of the tables after each migration.

    Raises django.db.ProgrammingError for a role that is not there.
    """
    name = sql.Identifier(role)
    statements = [
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
    ]
    database = sql.Identifier(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name))
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(name))
        for table in APPEND_ONLY:
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                    sql.Identifier(table), name
                )
            )
        for table in READ_ONLY:
            cursor.execute(
                sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                    sql.Identifier(table), name
                )
            )
