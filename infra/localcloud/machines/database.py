"""The database of a machine: a role and a database of its own in the given PostgreSQL server."""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict


def name_of(machine_id: int) -> str:
    return f"sovereign_{machine_id}"


def make_database(admin_url: str, machine_id: int, password: str, *, fresh: bool) -> None:
    """Role and database `sovereign_<id>` with this password; safe to call again.

    `fresh` = the machine has an empty disk, so a database of that name is somebody's leftover and
    goes. Raises psycopg.Error.
    """
    if fresh:
        drop_database(admin_url, machine_id)
    name = name_of(machine_id)
    identifier = sql.Identifier(name)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # The password goes as a SCRAM verifier, so that not even the server's log could show it.
        verifier = connection.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        ).decode()
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                sql.SQL("ALTER" if known else "CREATE"), identifier, sql.Literal(verifier)
            )
        )
        # Only a member of a role may give it a database (PostgreSQL, CREATE DATABASE).
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(identifier))
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if there.fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier)
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(identifier))


def drop_database(admin_url: str, machine_id: int) -> None:
    """Remove the machine's database and role, if there. Raises psycopg.Error."""
    identifier = sql.Identifier(name_of(machine_id))
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(identifier))


def url_for(admin_url: str, machine_id: int, password: str) -> str:
    """The URL the machine's app connects with: same server, own role and database."""
    server = conninfo_to_dict(admin_url)
    name = name_of(machine_id)
    host, port = server.get("host") or "127.0.0.1", server.get("port") or 5432
    return f"postgresql://{name}:{password}@{host}:{port}/{name}"
