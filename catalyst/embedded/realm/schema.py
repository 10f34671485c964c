"""Keycloak's tables, kept in the tools' cache: its own first start takes minutes to make them.

A program of the stack, run before Keycloak: fills an empty database from what an earlier first
start left. Saved are the tables and which changes made them (Liquibase's own two tables), no row of
any realm. Keycloak checks them at its start as it checks any database.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg

from catalyst.embedded.private_files import write_private
from catalyst.embedded.programs import program
from catalyst.embedded.services.postgres import programs
from catalyst.embedded.state import StackState

_TIMEOUT_SECONDS = 60.0
_CHANGES = ("databasechangelog", "databasechangeloglock")
_MADE = "SELECT to_regclass('databasechangelog') IS NOT NULL"


def load(state: StackState) -> bool:
    """Whether there are tables now. Raises `psycopg.Error`."""
    kept = _kept()
    with psycopg.connect(_url(state)) as connection:
        (made,) = connection.execute(_MADE).fetchone() or (False,)
        if not made and kept.exists():
            connection.execute(kept.read_bytes())
        return bool(made or kept.exists())


def save(state: StackState) -> None:
    """Keep the tables of a Keycloak that is up, for stacks to come. Raises `SubprocessError`."""
    kept = _kept()
    if kept.exists():
        return
    words = _dump(state, "--schema-only")
    rows = _dump(state, "--data-only", "--inserts", *(f"--table={name}" for name in _CHANGES))
    write_private(kept, words + rows)


def _kept() -> Path:
    """Beside the program: another version or build has a folder of its own."""
    return program("keycloak").parents[2] / "schema.sql"


def _url(state: StackState) -> str:
    password, port = state.keycloak_postgres_password, state.ports["postgres"]
    return f"postgresql://keycloak:{password}@127.0.0.1:{port}/keycloak"


def _dump(state: StackState, *words: str) -> str:
    """What pg_dump says, without psql's own commands. The password goes by file (libpq §32.16)."""
    port, password = state.ports["postgres"], state.keycloak_postgres_password
    secret = write_private(
        state.config_dir / "keycloak.pgpass", f"127.0.0.1:{port}:keycloak:keycloak:{password}\n"
    )
    try:
        done = subprocess.run(
            [
                str(programs() / "pg_dump"),
                *("--host=127.0.0.1", f"--port={port}", "--username=keycloak", "--no-password"),
                *("--no-owner", "--no-privileges", *words, "keycloak"),
            ],
            env={"PATH": os.environ["PATH"], "PGPASSFILE": str(secret)},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=True,
        )
    finally:
        secret.unlink()
    lines = done.stdout.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("\\"))


if __name__ == "__main__":
    load(StackState.load())
