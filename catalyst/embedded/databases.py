"""Makes the roles and databases of the stack; run as a program by the stack itself.

Safe to run again: what is there is kept, only the passwords are set to those in `secrets/`.
No role of an application is a superuser.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from catalyst.embedded.state import StackState

# role → (secret, rights, its own database)
ROLES = {
    "catalyst": (
        "postgres-catalyst",
        "CREATEDB",
        "catalyst",
    ),  # tests make databases of their own
    "catalyst_app": ("postgres-app", "", None),  # web and workers: owns nothing
    "catalyst_tofu": ("postgres-tofu", "", "catalyst_tofu"),
    "keycloak": ("postgres-keycloak", "", "keycloak"),
    "gitea": ("postgres-gitea", "", "gitea"),
    "catalyst_machines": ("postgres-machines", "CREATEDB CREATEROLE", None),
}


def create(state: StackState) -> None:
    """Raises `psycopg.Error`."""
    assert state.postgres_superuser_url is not None
    with psycopg.connect(state.postgres_superuser_url, autocommit=True) as connection:
        for role, (secret, rights, database) in ROLES.items():
            _role(connection, role, password=state.secrets[secret], rights=rights)
            if database is not None:
                _database(connection, database, owner=role)
        # Lets the local cloud make a database that belongs to the role it made for a machine.
        connection.execute(
            "ALTER ROLE catalyst_machines SET createrole_self_grant = 'set, inherit'"
        )


def _role(
    connection: psycopg.Connection[tuple[object, ...]],
    role: str,
    *,
    password: str,
    rights: str,
) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    # The password goes as a SCRAM verifier, so that not even the server's log could show it.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    connection.execute(
        sql.SQL("{verb} ROLE {role} LOGIN NOSUPERUSER {rights} PASSWORD {verifier}").format(
            verb=sql.SQL("ALTER" if known else "CREATE"),
            role=sql.Identifier(role),
            rights=sql.SQL(rights),
            verifier=sql.Literal(verifier.decode()),
        )
    )


def _database(
    connection: psycopg.Connection[tuple[object, ...]], database: str, *, owner: str
) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(
            sql.Identifier(database), sql.Identifier(owner)
        )
    )
    connection.execute(
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
    )


if __name__ == "__main__":
    create(StackState.load())
