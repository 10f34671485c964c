"""A destroy takes along what the state forgot: how `tofu-destroy` does it, step by step."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from sovereign_wizard.tofu import command, summary
from sovereign_wizard.tofu.workdir import Workdir
from tests.integration.infra.module_copy import SECRET_VARIABLES
from tests.integration.tofu.tofu_world import World, cloud_world


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Sovereign of one machine at the local cloud."""
    with cloud_world(tmp_path_factory.mktemp("tofu")) as world:
        with world.sovereign() as workdir:
            world.run(command.plan(tofu=world.tofu), workdir, **SECRET_VARIABLES)
            world.run(command.apply(tofu=world.tofu), workdir, **SECRET_VARIABLES)
        yield world


def adopt(world: World, workdir: Workdir) -> set[str]:
    """As `Session.adopt`; the addresses that were taken over."""
    world.run(command.plan(tofu=world.tofu), workdir, **SECRET_VARIABLES)
    shown = world.run(command.show_plan(tofu=world.tofu), workdir, **SECRET_VARIABLES)
    found = summary.taken_over(shown.document)
    for address, resource_id in found.items():
        wanted = command.take_over(tofu=world.tofu, address=address, resource_id=resource_id)
        world.run(wanted, workdir, **SECRET_VARIABLES)
    return set(found)


def test_given_a_server_the_state_forgot_when_adopted_then_it_is_in_the_state_again(
    made: World,
) -> None:
    with made.sovereign() as workdir:
        forgotten = forget_a_server(made, workdir)
        assert adopt(made, workdir) == {forgotten}
        assert adopt(made, workdir) == set()


def test_given_no_state_at_all_when_adopted_and_destroyed_then_nothing_is_left(
    made: World,
) -> None:
    with psycopg.connect(made.dsn) as connection:
        connection.execute(f'DELETE FROM "{made.schema}".states')  # noqa: S608 - a name of ours
    with made.sovereign() as workdir:
        assert "hcloud_network.sovereign" in adopt(made, workdir)
        plan = command.plan(tofu=made.tofu, destroy=True)
        made.run(plan, workdir, **SECRET_VARIABLES)
        made.run(command.apply(tofu=made.tofu), workdir, **SECRET_VARIABLES)
    cloud = made.cloud()
    kinds = (cloud.servers, cloud.networks, cloud.load_balancers, cloud.firewalls, cloud.ssh_keys)
    assert [kind.get_all() for kind in kinds] == [[], [], [], [], []]


def forget_a_server(world: World, workdir: Workdir) -> str:
    """Takes one server out of the state; its address."""
    [address, *_] = [
        line for line in state(world, workdir, "list").split() if line.startswith("hcloud_server.")
    ]
    state(world, workdir, "rm", address)
    return address


def state(world: World, workdir: Workdir, *words: str) -> str:
    done = subprocess.run(
        [world.tofu, "state", *words],
        cwd=workdir.path,
        env=world.environment(workdir, **SECRET_VARIABLES).reveal(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
