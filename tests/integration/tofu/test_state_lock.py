"""The lock on a state: who holds it, and the end of exactly that session."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from catalyst.vault.secret import Secret
from sovereign_wizard.tofu import command, state_lock, state_store
from sovereign_wizard.tofu.problems import StateStoreAway, TofuFailed
from sovereign_wizard.tofu.stream import Event, ResourceEvent, Stage
from sovereign_wizard.tofu.workdir import Workdir
from tests.integration.tofu.tofu_world import GATED, World

HIDDEN = "hidden-0123456789"


@pytest.fixture
def workdir(world: World) -> Iterator[Workdir]:
    with world.workdir(world.module(GATED), {"gate": "gate"}) as made:
        world.run(command.init(tofu=world.tofu, schema=world.schema), made, hidden=HIDDEN)
        yield made


def dsn(world: World) -> Secret:
    return Secret(world.dsn)


def holder(world: World) -> state_lock.Session | None:
    return state_lock.holder(dsn=dsn(world), schema=world.schema)


def test_given_an_apply_at_work_when_its_session_is_ended_then_only_that_one_ends(
    world: World, workdir: Workdir
) -> None:
    seen: list[state_lock.Session | None] = []
    other = psycopg.connect(world.dsn)
    other.execute("SELECT pg_advisory_lock(4711)")

    def end(event: Event) -> None:
        waiting = isinstance(event, ResourceEvent) and event.stage is Stage.STARTED
        if waiting and event.address == "terraform_data.gated":
            found = holder(world)
            seen.append(found)
            assert found is not None
            state_lock.end(found, dsn=dsn(world), schema=world.schema)
            seen.append(holder(world))
            (workdir.path / "gate").touch()

    world.run(command.plan(tofu=world.tofu), workdir, hidden=HIDDEN)
    world.run(command.apply(tofu=world.tofu), workdir, hidden=HIDDEN, on_event=end)

    [found, after] = seen
    assert found is not None and found.pid != other.info.backend_pid and after is None
    other.execute("SELECT 1")
    other.close()
    world.run(command.plan(tofu=world.tofu, lock_seconds=0), workdir, hidden=HIDDEN)


def test_given_nobody_at_work_when_asked_then_nobody_holds_the_lock(
    world: World, workdir: Workdir
) -> None:
    assert holder(world) is None
    world.schema = "deployment_that_never_was"
    assert holder(world) is None


def test_given_a_session_that_ended_when_its_pid_is_another_ones_then_that_one_stays(
    world: World,
) -> None:
    with psycopg.connect(world.dsn, autocommit=True) as other:
        [started] = other.execute(
            "SELECT backend_start - interval '1 s' FROM pg_stat_activity WHERE pid = %s",
            [other.info.backend_pid],
        ).fetchone() or [None]
        session = state_lock.Session(other.info.backend_pid, started)
        state_lock.end(session, dsn=dsn(world), schema=world.schema)
        other.execute("SELECT 1")


def test_given_an_applied_module_when_its_state_is_read_then_it_is_ciphertext_with_a_serial(
    world: World, workdir: Workdir
) -> None:
    (workdir.path / "gate").touch()
    world.run(command.plan(tofu=world.tofu), workdir, hidden=HIDDEN)
    world.run(command.apply(tofu=world.tofu), workdir, hidden=HIDDEN)
    found = state_store.read(dsn=dsn(world), schema=world.schema)
    assert found is not None and found.serial > 0
    assert b"encrypted_data" in found.content and HIDDEN.encode() not in found.content

    # Check 10 of peers.md §5.2 stands on this: an older state cannot be given a newer number.
    document = {**json.loads(found.content), "serial": found.serial + 5}
    with psycopg.connect(world.dsn, autocommit=True) as other:
        other.execute(
            f'UPDATE "{world.schema}".states SET data = %s',  # noqa: S608 - a name of ours
            [json.dumps(document)],
        )
    with pytest.raises(TofuFailed):
        world.run(command.plan(tofu=world.tofu), workdir, hidden=HIDDEN)


def test_given_no_state_yet_when_read_then_none(world: World) -> None:
    assert state_store.read(dsn=dsn(world), schema="deployment_that_never_was") is None


def test_given_no_database_when_asked_then_a_problem_without_the_password() -> None:
    away = Secret("postgresql://tofu:p4ssw0rd-canary@127.0.0.1:1/tofu")
    with pytest.raises(StateStoreAway) as problem:
        state_store.read(dsn=away, schema="deployment_x")
    assert "p4ssw0rd" not in f"{problem.value!r}{problem.value.__cause__!r}{problem.value.detail}"
