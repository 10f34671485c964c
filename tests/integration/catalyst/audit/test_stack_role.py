"""The laptop stack's own web and workers are the role that may only add to the audit (check 17)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psutil
import psycopg
import pytest

from catalyst.embedded.service import AS_APP
from catalyst.embedded.state import StackState
from tests.plugins.backing_stack import STATE_DIR

FORBIDDEN = [
    "UPDATE audit_event SET actor = 'y'",
    "DELETE FROM audit_event",
    "UPDATE audit_seal SET hash = 'y'",
    "ALTER TABLE audit_event DISABLE TRIGGER USER",
    "DROP TABLE audit_event CASCADE",
    "CREATE TABLE mine (id int)",
    "UPDATE django_migrations SET app = 'y'",
    "UPDATE franchise_ledger_entry SET amount_minor = 1",
    "DELETE FROM franchise_ledger_transaction",
]


@pytest.fixture
def app() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    url = StackState.load(STATE_DIR).app_postgres_url
    assert url
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_given_the_stacks_role_when_it_would_change_the_audit_then_it_is_refused(
    app: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)
    assert app.execute("SELECT count(*) >= 0 FROM audit_event").fetchone() == (True,)


def test_given_the_running_stack_when_its_sessions_are_listed_then_none_is_the_owners() -> None:
    """Sessions of its processes: tests beside this one may be the owner."""
    state = StackState.load(STATE_DIR)
    url = state.postgres_superuser_url
    assert url
    with psycopg.connect(url) as root:
        rows = root.execute(
            "SELECT usename, client_port FROM pg_stat_activity WHERE datname = 'catalyst'"
        ).fetchall()
    ours = {port for process in running(state) for port in ports(process)}
    assert {name for name, port in rows if port in ours} == {"catalyst_app"}


def running(state: StackState) -> Iterator[psutil.Process]:
    """Processes of the stack's own web, worker and beat."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            told = process.environ()
            if told.get(AS_APP) and told.get("CATALYST_STATE_DIR") == str(state.state_dir):
                yield process


def ports(process: psutil.Process) -> Iterator[int]:
    with suppress(psutil.Error):
        yield from (each.laddr.port for each in process.net_connections("tcp"))
