"""A real PostgreSQL and Redis, and a database that is there for one measurement only."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "CATALYST_BENCH_DATABASE"
SERVICES = "postgres,redis,databases"
DROP_SECONDS = 60.0


@contextmanager
def backing_services(services: str = SERVICES) -> Iterator[None]:
    """The stack of `CATALYST_STATE_DIR` if it runs, else one for the time of the measurement."""
    os.environ.setdefault("CATALYST_STATE_DIR", str(ROOT / ".catalyst" / "bench"))
    from catalyst.embedded.control import Stack
    from catalyst.embedded.state import default_state_dir

    stack = Stack(default_state_dir())
    started_here = not stack.is_running()
    if started_here:
        manage("stack", "up", "--only", services, "--detach")
    try:
        yield
    finally:
        if started_here:
            stack.stop()


@contextmanager
def database() -> Iterator[str]:
    """A new, migrated database for this process and its children; gone afterwards."""
    from catalyst.embedded.state import StackState

    url, name = StackState.load().postgres_url, f"bench_{os.getpid()}"
    assert url is not None
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            os.environ[DATABASE] = name
            set_up()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield name
        finally:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    """PostgreSQL's own autovacuum may be in it, which we may not end: it ends by itself."""
    statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    deadline = time.monotonic() + DROP_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def set_up() -> None:
    """Django on the database of this measurement; in every process that takes part."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalyst.settings.embedded")
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ[DATABASE]
    django.setup()


def manage(*words: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )


def python(module: str, *words: str, **options: object) -> subprocess.Popen[str]:
    """A process of its own that runs a module of this measurement."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", module, *words], cwd=ROOT, text=True, **options
    )
