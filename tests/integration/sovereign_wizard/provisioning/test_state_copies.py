"""The state beside the rows: copies of it, and the session an earlier tofu left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from catalyst.eventlog.redaction import Redactor
from catalyst.work.leases import Heartbeat, take
from sovereign_wizard.provisioning import machine, services, state_versions
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.journal import Journal
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.provisioning.phases import earlier
from sovereign_wizard.provisioning.phases.session import session
from sovereign_wizard.provisioning.watch import BudgetExceeded, Watch, Why
from sovereign_wizard.tofu import identity, state_lock
from sovereign_wizard.tofu.problems import StateIsOld

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]


@pytest.fixture
def row(make: Make, store: psycopg.Connection) -> Iterator[Deployment]:
    """A Deployment whose state backend was initialised."""
    deployment = make()
    schema = state_versions.schema_of(deployment)
    store.execute(f'CREATE SCHEMA "{schema}"')
    store.execute(
        f'CREATE TABLE "{schema}".states (id bigint PRIMARY KEY, name text UNIQUE, data text)'
    )
    yield deployment
    store.execute(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture
def ctx(row: Deployment) -> Iterator[Context]:
    """What a phase of a worker that holds the lease gets."""
    held = take(row.subject, holder="test", ttl=15)
    assert held is not None
    run = row.runs.get()
    phase = run.phases.get(phase="tofu-apply")
    with Heartbeat(held) as beat, Journal(beat, redactor=Redactor()) as journal:
        yield Context(row, run, beat, journal, phase.phase, Watch(beat, phase, budget=60))


def write_state(store: psycopg.Connection, row: Deployment, serial: int) -> None:
    schema = state_versions.schema_of(row)
    sealed = {"serial": serial, "encrypted_data": f"{serial}"}
    store.execute(
        f'INSERT INTO "{schema}".states VALUES (%s, %s, %s)'  # noqa: S608 - a name of ours
        " ON CONFLICT (name) DO UPDATE SET data = excluded.data",
        [row.runs.get().pk, "default", json.dumps(sealed)],
    )


def test_given_many_applies_when_copied_then_the_last_ten_are_kept_and_the_newest_exported(
    row: Deployment, store: psycopg.Connection
) -> None:
    for serial in range(1, 13):
        write_state(store, row, serial)
        state_versions.copy(row)
        assert state_versions.copy(row) is None, "the same state is kept once"
    assert [kept.serial for kept in row.state_versions.all()] == list(range(12, 2, -1))
    newest = services.export(deployment=row)
    assert newest.serial == 12
    assert json.loads(newest.content)["encrypted_data"] == "12"


def test_10_given_an_older_state_in_its_place_when_tofu_is_to_begin_then_refused_and_not_started(
    row: Deployment, store: psycopg.Connection, ctx: Context
) -> None:
    for serial in (4, 5):
        write_state(store, row, serial)
        state_versions.copy(row)
        state_versions.must_not_be_older(row)
    write_state(store, row, 6)  # a run that was killed before it was copied
    state_versions.must_not_be_older(row)

    write_state(store, row, 4)
    with pytest.raises(StateIsOld) as refused, session(ctx):
        pytest.fail("a session was opened on an older state")
    assert refused.value.extra == {"serial": 4, "newest": 5}
    assert not ctx.beat.held.process()


def test_given_a_state_in_the_clear_when_copied_then_refused(
    row: Deployment, store: psycopg.Connection
) -> None:
    write_state(store, row, 1)
    schema = state_versions.schema_of(row)
    store.execute(f"""UPDATE "{schema}".states SET data = '{{"serial": 1}}'""")  # noqa: S608
    with pytest.raises(ValueError):
        state_versions.copy(row)
    assert not row.state_versions.exists()


def test_given_a_dead_tofu_whose_session_lives_when_another_goes_on_then_that_session_is_ended(
    row: Deployment, store: psycopg.Connection, ctx: Context
) -> None:
    write_state(store, row, 1)
    dead = identity.ProcessIdentity(
        pid=2**22 - 1, started=1, boot_id="an earlier boot", host=identity.of(1).host
    )
    ctx.beat.held.remember_process(asdict(dead))
    left = psycopg.connect(settings.CATALYST.tofu_database_url.get_secret_value(), autocommit=True)
    schema = state_versions.schema_of(row)
    left.execute(f'SELECT pg_advisory_lock(id) FROM "{schema}".states')  # noqa: S608
    bystander = store.info.backend_pid

    earlier.prove_gone(ctx)

    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    assert store.info.backend_pid == bystander and store.execute("SELECT 1").fetchone() == (1,)
    dsn = state_versions.dsn()
    assert state_lock.holder(dsn=dsn, schema=schema) is None


def test_given_nothing_was_ever_started_when_asked_then_there_is_nothing_to_prove(
    ctx: Context,
) -> None:
    earlier.prove_gone(ctx)


def test_given_a_phase_over_its_budget_when_asked_then_its_work_is_to_stop_with_that_reason(
    ctx: Context,
) -> None:
    phase = ctx.run.phases.get(phase="tofu-apply")
    phase.started_at = ctx.deployment.created_at
    watch = Watch(ctx.beat, phase, budget=0.0)
    assert watch.should_stop() and watch.why is Why.BUDGET
    with pytest.raises(BudgetExceeded):
        watch.check()


def test_given_a_cancel_when_asked_then_the_work_is_to_stop(ctx: Context) -> None:
    assert not ctx.watch.should_stop()
    with transaction.atomic():
        machine.transition(ctx.deployment, State.RUNNING)
    services.cancel(deployment=ctx.deployment, actor="owner")
    fresh = Watch(ctx.beat, ctx.run.phases.get(phase="tofu-apply"), budget=60)
    assert fresh.should_stop() and fresh.why is Why.CANCEL
