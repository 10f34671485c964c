"""Real tofu against the local cloud and PostgreSQL, killed in the middle of an apply."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sovereign_wizard.tofu import command, identity, summary, workdir
from sovereign_wizard.tofu.identity import ProcessIdentity
from sovereign_wizard.tofu.summary import Action
from tests.integration.infra.module_copy import MODULE, SECRET_VARIABLES, VARIABLES
from tests.integration.tofu.tofu_world import World, cloud_world
from tests.plugins.backing_stack import ROOT

WORKERS = 2


@dataclass
class Worker:
    """A running worker process and what it has told so far."""

    process: subprocess.Popen[str]
    said: list[dict[str, Any]] = field(default_factory=list)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(json.loads(line))
            if wanted(self.said[-1]):
                return self.said[-1]
        raise AssertionError(f"the worker ended without it: {self.said[-3:]}")

    @property
    def tofu(self) -> ProcessIdentity:
        [*_, last] = [said["started"] for said in self.said if "started" in said]
        return ProcessIdentity(**last)

    @property
    def workdir(self) -> Path:
        return Path(next(said["workdir"] for said in self.said if "workdir" in said))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cloud_world(tmp_path) as world:
        yield world


@pytest.fixture
def worker(world: World) -> Iterator[Worker]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fault.tofu.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin
    job = {
        "tofu": str(world.tofu),
        "cli_config": str(world.cli_config),
        "module": str(MODULE),
        "parent": str(world.folder / "w"),
        "variables": {**VARIABLES, "worker_count": WORKERS},
        "secrets": SECRET_VARIABLES,
        "token": world.token,
        "dsn": world.dsn,
        "passphrase": world.passphrase,
        "schema": world.schema,
        "endpoint": world.endpoint,
    }
    process.stdin.write(json.dumps(job))
    process.stdin.close()
    running = Worker(process)
    yield running
    running.kill()
    assert process.stdout
    process.stdout.close()


def making_a_server(said: dict[str, Any]) -> bool:
    return said.get("stage") == "started" and said["address"].startswith("hcloud_server.")


def second_attempt(world: World) -> summary.PlanSummary:
    """Plan and apply as a new lease holder would; what the plan said.

    It does not wait for the state's lock: a lock left behind fails the test.
    """
    with world.sovereign(worker_count=WORKERS) as made:
        world.run(command.plan(tofu=world.tofu, lock_seconds=0), made, **SECRET_VARIABLES)
        shown = world.run(command.show_plan(tofu=world.tofu), made, **SECRET_VARIABLES)
        world.run(command.apply(tofu=world.tofu), made, **SECRET_VARIABLES)
        again = world.run(command.plan(tofu=world.tofu), made, **SECRET_VARIABLES)
        assert again.exit_code == 0
    return summary.of(shown.document)


def dump_of_everything(world: World) -> bytes:
    """The whole state database as pg_dump would write it: every column of every table, in text."""
    found = []
    with psycopg.connect(world.dsn) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            with connection.cursor().copy(f'COPY "{schema}"."{table}" TO STDOUT') as rows:
                found += [bytes(row) for row in rows]
    return b"".join(found)


def test_given_an_apply_when_its_worker_is_killed_then_the_next_one_ends_with_one_set_of_servers(
    world: World, worker: Worker
) -> None:
    worker.until(making_a_server)
    worker.kill()
    identity.wait_gone(worker.tofu, seconds=60)
    left_to_do = second_attempt(world)
    assert "hcloud_network" not in left_to_do.counts.get(Action.CREATE, {}), (
        "the network was made before the kill, so the saved state must know it"
    )
    names = sorted(server.name for server in world.cloud().servers.get_all())
    assert names == [
        "catalyst-omantel-omani-works-cp-0",
        "catalyst-omantel-omani-works-worker-0",
        "catalyst-omantel-omani-works-worker-1",
    ]
    assert len(world.cloud().networks.get_all()) == 1
    assert len(world.cloud().load_balancers.get_all()) == 1


def test_given_a_killed_worker_when_the_next_one_starts_then_its_workdir_is_wiped(
    world: World, worker: Worker
) -> None:
    worker.until(making_a_server)
    left = worker.workdir
    worker.kill()
    assert workdir.sweep(parent=left.parent) == [], "tofu still works in it"
    identity.wait_gone(worker.tofu, seconds=60)
    assert workdir.sweep(parent=left.parent) == [left]


def test_given_a_running_apply_when_the_machine_is_searched_then_no_secret_is_in_plain_sight(
    world: World, worker: Worker
) -> None:
    worker.until(making_a_server)
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    files = [
        path.read_bytes()
        for path in worker.workdir.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    assert any(b"apply" in line and b"tofu" in line for line in lines)
    assert any(b"encrypted_data" in text for text in files), "the plan file is there, encrypted"
    worker.until(lambda said: said.get("done", False))
    database = dump_of_everything(world)
    assert b"encrypted_data" in database
    for secret in (world.token, world.passphrase, *SECRET_VARIABLES.values()):
        for text in (*lines, *files, database):
            assert secret.encode() not in text


def test_given_a_killed_supervisor_when_the_next_holder_goes_on_then_nothing_is_made_twice(
    world: World, worker: Worker
) -> None:
    worker.until(making_a_server)
    os.kill(worker.tofu.pid, signal.SIGKILL)
    identity.wait_gone(worker.tofu, seconds=30)
    assert not identity.still_running(worker.tofu)
    second_attempt(world)
    assert len(world.cloud().servers.get_all()) == 1 + WORKERS


def test_given_a_hanging_worker_when_the_next_holder_asks_then_tofu_saves_and_ends(
    world: World, worker: Worker
) -> None:
    worker.until(making_a_server)
    worker.process.send_signal(signal.SIGSTOP)
    identity.ask_to_stop(worker.tofu)
    identity.wait_gone(worker.tofu, seconds=60)
    second_attempt(world)
    assert len(world.cloud().servers.get_all()) == 1 + WORKERS
