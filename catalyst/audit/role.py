"""The rights of the application's own database role: everything it needs, and only adding here."""

from __future__ import annotations

from django.db import connection, transaction
from psycopg import sql

APPEND_ONLY = ("audit_event", "audit_seal")
READ_ONLY = ("django_migrations",)
# {database} and {role} are what they say.
STATEMENTS = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}" for table in APPEND_ONLY),
    *(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}" for table in READ_ONLY),
)


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
        for statement in STATEMENTS:
            cursor.execute(sql.SQL(statement).format(**names))
