"""Real tofu under the real supervisor, with its state in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sovereign_wizard.tofu import command, identity, runner, stream, summary
from sovereign_wizard.tofu.identity import ProcessIdentity
from sovereign_wizard.tofu.problems import StateLocked, TofuFailed, TofuMissing, TofuStopped
from sovereign_wizard.tofu.stream import (
    ChangeSummary,
    Event,
    ResourceEvent,
    Severity,
    Stage,
    Version,
)
from sovereign_wizard.tofu.workdir import Workdir
from tests.integration.tofu.tofu_world import GATED, World

HIDDEN = "canary-that-must-stay-hidden-0123456789"


@pytest.fixture
def workdir(world: World) -> Iterator[Workdir]:
    with world.workdir(world.module(GATED), {"gate": "gate"}) as made:
        world.run(command.init(tofu=world.tofu, schema=world.schema), made, hidden=HIDDEN)
        yield made


@pytest.fixture
def gate(workdir: Workdir) -> Path:
    return workdir.path / "gate"


def plan_and_apply(world: World, workdir: Workdir, **options: object) -> None:
    world.run(command.plan(tofu=world.tofu, lock_seconds=0), workdir, hidden=HIDDEN)
    world.run(command.apply(tofu=world.tofu, lock_seconds=0), workdir, hidden=HIDDEN, **options)


def test_given_a_module_when_applied_then_events_and_outputs_come_out_typed(
    world: World, workdir: Workdir, gate: Path
) -> None:
    gate.touch()
    plan_and_apply(world, workdir)
    printed = world.run(command.output(tofu=world.tofu), workdir, hidden=HIDDEN)
    assert stream.outputs(printed.document) == {"answer": 42}
    assert any(isinstance(event, Version) for event in world.events)
    made = [
        event.address
        for event in world.events
        if isinstance(event, ResourceEvent) and event.stage is Stage.DONE
    ]
    assert made == ["terraform_data.first", "terraform_data.gated"]
    last = [event for event in world.events if isinstance(event, ChangeSummary)][-1]
    assert (last.operation, last.add, last.change, last.remove) == ("apply", 2, 0, 0)


def test_given_a_plan_when_shown_then_its_summary_counts_it(world: World, workdir: Workdir) -> None:
    planned = world.run(command.plan(tofu=world.tofu), workdir, hidden=HIDDEN)
    assert planned.exit_code == command.HAS_CHANGES
    shown = world.run(command.show_plan(tofu=world.tofu), workdir, hidden=HIDDEN)
    assert summary.of(shown.document).words() == "creates 2 datas"


def test_given_an_applied_module_when_planned_again_then_nothing_changes(
    world: World, workdir: Workdir, gate: Path
) -> None:
    gate.touch()
    plan_and_apply(world, workdir)
    again = world.run(command.plan(tofu=world.tofu), workdir, hidden=HIDDEN)
    assert again.exit_code == 0


def test_w10_given_secrets_when_applied_then_database_and_workdir_hold_none_in_plain(
    world: World, workdir: Workdir, gate: Path
) -> None:
    gate.touch()
    plan_and_apply(world, workdir)
    password = world.dsn.partition(":")[2].partition(":")[2].partition("@")[0]
    assert len(password) > 20
    stored = world.database()
    assert "encrypted_data" in stored
    texts = [stored] + [
        path.read_bytes().decode("latin-1")
        for path in workdir.path.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    plan = workdir.path / command.PLAN_FILE
    assert "encrypted_data" in plan.read_text()
    for text in texts:
        for secret in (HIDDEN, world.token, world.passphrase, password):
            assert secret not in text


def test_given_another_passphrase_when_planned_then_the_state_cannot_be_read(
    world: World, workdir: Workdir, gate: Path
) -> None:
    gate.touch()
    plan_and_apply(world, workdir)
    world.passphrase = "another passphrase altogether"
    with pytest.raises(TofuFailed):
        world.run(command.plan(tofu=world.tofu), workdir, hidden=HIDDEN)


def test_given_an_error_in_the_module_when_planned_then_the_problem_says_where(
    world: World,
) -> None:
    module = world.module('output "x" { value = file("nowhere") }')
    with world.workdir(module, {}) as workdir:
        world.run(command.init(tofu=world.tofu, schema=world.schema), workdir)
        with pytest.raises(TofuFailed) as failed:
            world.run(command.plan(tofu=world.tofu), workdir)
    [found] = failed.value.extra["diagnostics"]
    assert found.severity is Severity.ERROR
    assert (found.file, found.line) == ("main.tf", 1)
    assert failed.value.extra["exit_code"] == 1
    assert "nowhere" in failed.value.detail


def test_given_a_running_apply_when_stopped_then_state_is_saved_and_the_lock_is_free(
    world: World, workdir: Workdir, gate: Path
) -> None:
    waiting = gate.with_suffix(".waiting")
    with pytest.raises(TofuStopped):
        plan_and_apply(world, workdir, should_stop=waiting.exists)
    assert not identity.still_running(world.started[-1])
    gate.touch()
    world.events.clear()
    plan_and_apply(world, workdir)
    made = {
        event.address
        for event in world.events
        if isinstance(event, ResourceEvent)
        and event.stage is Stage.DONE
        and event.action == "create"
    }
    assert made == {"terraform_data.gated"}, "what was made before the stop was in the saved state"


def test_given_a_running_apply_when_another_starts_then_it_is_told_the_state_is_locked(
    world: World, workdir: Workdir, gate: Path
) -> None:
    def second(event: Event) -> None:
        if not isinstance(event, ResourceEvent) or event.stage is not Stage.STARTED:
            return
        if event.address == "terraform_data.gated":
            with pytest.raises(StateLocked):
                replace(world, events=[], started=[]).run(
                    command.plan(tofu=world.tofu, lock_seconds=0), workdir, hidden=HIDDEN
                )
            gate.touch()

    plan_and_apply(world, workdir, on_event=second)


def test_given_a_callback_that_fails_when_called_then_tofu_has_ended_before_it_is_raised(
    world: World, workdir: Workdir
) -> None:
    def fail(event: Event) -> None:
        if isinstance(event, ResourceEvent) and event.stage is Stage.STARTED:
            raise RuntimeError("the lease was lost while writing this")

    with pytest.raises(RuntimeError):
        plan_and_apply(world, workdir, on_event=fail)
    assert not identity.still_running(world.started[-1])
    world.run(command.plan(tofu=world.tofu, lock_seconds=0), workdir, hidden=HIDDEN)


def test_given_an_identity_that_cannot_be_stored_when_run_then_tofu_never_starts(
    world: World, workdir: Workdir
) -> None:
    seen: list[ProcessIdentity] = []

    def refuse(who: ProcessIdentity) -> None:
        seen.append(who)
        raise RuntimeError("no database")

    plan = command.plan(tofu=world.tofu)
    with pytest.raises(RuntimeError):
        runner.run(
            plan,
            environment=world.environment(workdir, hidden=HIDDEN),
            workdir=workdir,
            on_start=refuse,
            on_event=world.events.append,
            should_stop=lambda: False,
        )
    assert not (workdir.path / command.PLAN_FILE).exists()
    assert not identity.still_running(seen[0])


def test_given_no_tofu_when_run_then_it_says_so(world: World, workdir: Workdir) -> None:
    wanted = command.plan(tofu=world.folder / "no-tofu")
    with pytest.raises(TofuMissing):
        world.run(wanted, workdir, hidden=HIDDEN)
