"""What is protected is set free, and nothing else happens: how `tofu-destroy` does it, step by
step, on real plans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hcloud import APIException

from sovereign_wizard.provisioning.phases.lifting import (
    WouldDoMore,
    only,
    protected_in,
    refuse_more,
)
from sovereign_wizard.tofu import command
from sovereign_wizard.tofu.workdir import Workdir
from tests.contract.infra.module_runs import apply, destroy, everything
from tests.integration.infra.module_copy import SECRET_VARIABLES
from tests.integration.tofu.tofu_world import World, cloud_world

ALL = {
    "hcloud_network.sovereign",
    "hcloud_load_balancer.sovereign",
    "hcloud_server.control_plane",
    "hcloud_server.worker[0]",
}


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A protected Sovereign of two machines."""
    with cloud_world(tmp_path_factory.mktemp("protected")) as world:
        with world.sovereign(worker_count=1, delete_protection=True) as workdir:
            apply(world, workdir)
        yield world
        # A test that failed must not leave what the cloud then refuses to delete.
        cloud = world.cloud()
        for server in cloud.servers.get_all():
            server.change_protection(delete=False, rebuild=False).wait_until_finished()
        for thing in (*cloud.load_balancers.get_all(), *cloud.networks.get_all()):
            thing.change_protection(delete=False).wait_until_finished()


def shown(world: World, workdir: Workdir, wanted: command.Command) -> str:
    world.run(wanted, workdir, **SECRET_VARIABLES)
    return world.run(command.show_plan(tofu=world.tofu), workdir, **SECRET_VARIABLES).document


def lift(world: World, workdir: Workdir) -> set[str]:
    """As `destroy.lift_protection`; the addresses that were set free."""
    plan = command.plan(tofu=world.tofu)
    found = protected_in(shown(world, workdir, plan))
    if found:
        refuse_more(shown(world, workdir, only(plan, found)))
        world.run(command.apply(tofu=world.tofu), workdir, **SECRET_VARIABLES)
    return set(found)


def test_given_protection_when_deleted_by_hand_then_hetzner_refuses(protected: World) -> None:
    cloud = protected.cloud()
    things = [*cloud.servers.get_all(), *cloud.load_balancers.get_all(), *cloud.networks.get_all()]
    assert len(things) == 2 + 1 + 1
    for thing in things:
        with pytest.raises(APIException) as refused:
            thing.delete()
        assert refused.value.code == "protected"


def test_given_a_plan_that_would_make_something_when_guarded_then_it_is_refused(
    protected: World,
) -> None:
    with protected.sovereign(worker_count=2) as workdir:
        plan = shown(protected, workdir, command.plan(tofu=protected.tofu))
    with pytest.raises(WouldDoMore, match="creates 1 server"):
        refuse_more(plan)


def test_given_a_part_that_is_missing_when_lifted_then_it_is_not_made_and_all_can_go(
    protected: World,
) -> None:
    cloud = protected.cloud()
    # As after an apply that was stopped before the last machine.
    with protected.sovereign(worker_count=2) as workdir:
        before = {thing.id for thing in everything(cloud)}
        assert lift(protected, workdir) == ALL
        assert {thing.id for thing in everything(cloud)} == before
        assert lift(protected, workdir) == set()
        destroy(protected, workdir)
    assert everything(cloud) == []
