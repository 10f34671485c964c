"""A Sovereign of three control planes against the Hetzner API: one that grew from a single one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from ipaddress import IPv6Network
from pathlib import Path

import pytest

from sovereign_wizard.tofu.summary import Action, PlanSummary
from sovereign_wizard.tofu.workdir import Workdir
from tests.contract.infra.module_runs import (
    apply,
    by_role,
    destroy,
    everything,
    k3s_settings,
    outputs_of,
    planned,
)
from tests.integration.infra.module_copy import VARIABLES
from tests.integration.tofu.tofu_world import World, cloud_world, new_world

HIGHLY_AVAILABLE = {"worker_count": 1, "ha_enabled": True}


@dataclass(frozen=True, slots=True)
class Grown:
    world: World
    workdir: Workdir
    growth: PlanSummary


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    with ExitStack() as stack:
        world = stack.enter_context(cloud_world(tmp_path_factory.mktemp("ha")))
        with world.sovereign(worker_count=1, delete_protection=True) as single:
            apply(world, single)
        workdir = stack.enter_context(world.sovereign(**HIGHLY_AVAILABLE, delete_protection=True))
        growth = planned(world, workdir)
        apply(world, workdir)
        yield Grown(world, workdir, growth)
        with world.sovereign(**HIGHLY_AVAILABLE) as unprotected:
            apply(world, unprotected)
            destroy(world, unprotected)
        # Nothing that costs or blocks a name is left behind.
        assert everything(world.cloud()) == []


def test_given_a_single_control_plane_when_made_highly_available_then_it_only_grows(
    grown: Grown,
) -> None:
    assert grown.growth.words() == "creates 2 servers and 2 load balancer targets"
    assert grown.growth.losses == ()


def test_given_three_control_planes_when_planned_again_then_nothing_differs(grown: Grown) -> None:
    assert planned(grown.world, grown.workdir).words() == "changes nothing"


def test_given_three_control_planes_when_looked_at_then_their_addresses_are_the_fixed_ones(
    grown: Grown,
) -> None:
    servers = by_role(grown.world.cloud(), "control-plane")
    addresses = {server.name: server.private_net[0].ip for server in servers}
    assert addresses == {
        f"catalyst-omantel-omani-works-cp-{index}": f"10.0.1.{2 + index}" for index in range(3)
    }


def test_given_three_control_planes_when_the_group_is_read_then_all_are_spread_over_hosts(
    grown: Grown,
) -> None:
    cloud = grown.world.cloud()
    [group] = cloud.placement_groups.get_all()
    assert group.type == "spread"
    assert set(group.servers or []) == {s.id for s in by_role(cloud, "control-plane")}


def test_given_three_control_planes_when_looked_at_then_all_that_takes_labels_carries_both(
    grown: Grown,
) -> None:
    found = everything(grown.world.cloud())
    assert len(found) == 4 + 1 + 1 + 1 + 1 + 1
    for thing in found:
        assert thing.labels["catalyst.openova.io/sovereign"] == VARIABLES["sovereign_fqdn"]
        assert thing.labels["catalyst.openova.io/deployment"] == VARIABLES["deployment_id"]


def test_w4_given_a_balancer_when_read_then_it_carries_the_api_and_the_certificate_names_it(
    grown: Grown,
) -> None:
    cloud = grown.world.cloud()
    [balancer] = cloud.load_balancers.get_all()
    forwards = {(s.protocol, s.listen_port, s.destination_port) for s in balancer.services}
    assert ("tcp", 6443, 6443) in forwards
    control_planes = by_role(cloud, "control-plane")
    assert {target.server.id for target in balancer.targets} == {s.id for s in control_planes}
    assert all(target.use_private_ip for target in balancer.targets)
    for server in control_planes:
        names = k3s_settings(server)["tls-san"]
        assert {balancer.public_net.ipv4.ip, balancer.public_net.ipv6.ip} <= set(names)
        assert balancer.private_net[0].ip in names
    outputs = outputs_of(grown.world, grown.workdir)
    assert outputs["kubernetes_api_url"] == f"https://{balancer.public_net.ipv4.ip}:6443"


def test_w23_given_three_control_planes_when_their_disks_are_read_then_one_makes_and_two_join(
    grown: Grown,
) -> None:
    cloud = grown.world.cloud()
    first, *others = [k3s_settings(s) for s in by_role(cloud, "control-plane")]
    assert first["cluster-init"] is True
    assert "server" not in first
    for other in others:
        assert "cluster-init" not in other
        assert other["server"] == f"https://{first['node-ip']}:6443"


def test_w14_given_three_control_planes_when_the_bearer_is_renewed_then_no_machine_is_replaced(
    grown: Grown,
) -> None:
    found = planned(grown.world, grown.workdir, callback_bearer="another-bearer-" + "y" * 30)
    assert found.words() == "changes nothing"


def test_w15_given_a_lost_state_when_planned_then_all_is_taken_over_and_nothing_made_twice(
    grown: Grown, tmp_path: Path
) -> None:
    world = replace(new_world(tmp_path), token=grown.world.token, endpoint=grown.world.endpoint)
    with world.sovereign(**HIGHLY_AVAILABLE, delete_protection=True) as workdir:
        found = planned(world, workdir)
    # "Changes" is what only the state knows: the provider's own switches of a server.
    assert set(found.counts) == {Action.ADOPT, Action.UPDATE}, found.words()
    assert found.counts[Action.UPDATE] == {"hcloud_server": 4}
    assert found.words().startswith(
        "takes over 1 network, 1 subnet, 1 SSH key, 1 firewall, 4 servers, 1 load balancer, "
        "1 load balancer network, 3 load balancer targets, 3 load balancer services "
        "and 1 placement group;"
    )


def test_given_protection_when_looked_at_then_what_holds_data_cannot_be_deleted(
    grown: Grown,
) -> None:
    cloud = grown.world.cloud()
    found = [*cloud.servers.get_all(), *cloud.load_balancers.get_all(), *cloud.networks.get_all()]
    assert [thing.protection["delete"] for thing in found] == [True] * (4 + 1 + 1)


def test_given_three_control_planes_when_outputs_are_read_then_both_families_are_there(
    grown: Grown,
) -> None:
    cloud, outputs = grown.world.cloud(), outputs_of(grown.world, grown.workdir)
    roles = [server["role"] for server in outputs["servers"]]
    assert roles == ["control-plane"] * 3 + ["worker"]
    for server in outputs["servers"]:
        known = cloud.servers.get_by_id(int(server["id"]))
        assert server["public_ip"] == known.public_net.ipv4.ip
        assert known.public_net.ipv6.ip in str(IPv6Network(f"{server['public_ipv6']}/64", False))
    [group] = cloud.placement_groups.get_all()
    assert outputs["placement_group_id"] == str(group.id)
