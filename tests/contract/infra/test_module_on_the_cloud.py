"""The whole module against the Hetzner API, looked at with the vendor's own client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sovereign_wizard.tofu import command
from sovereign_wizard.tofu.problems import TofuFailed
from sovereign_wizard.tofu.workdir import Workdir
from tests.contract.infra.module_runs import apply, destroy, everything, outputs_of, planned
from tests.integration.infra.module_copy import SECRET_VARIABLES, VARIABLES
from tests.integration.tofu.tofu_world import World, cloud_world, new_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with cloud_world(tmp_path_factory.mktemp("cloud")) as world:
        yield world


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """Another project, for tests that must start with nothing."""
    with cloud_world(tmp_path) as world:
        yield world


@pytest.fixture(scope="module")
def made(world: World) -> Iterator[Workdir]:
    """A Sovereign of one control plane and two workers."""
    with world.sovereign(worker_count=2) as workdir:
        apply(world, workdir)
        yield workdir
        destroy(world, workdir)


@pytest.fixture(scope="module")
def outputs(world: World, made: Workdir) -> dict[str, Any]:
    return outputs_of(world, made)


def test_given_an_apply_when_planned_again_then_nothing_differs(
    world: World, made: Workdir
) -> None:
    assert planned(world, made).words() == "changes nothing"


def test_given_an_apply_when_looked_at_then_all_that_takes_labels_carries_both(
    world: World, made: Workdir
) -> None:
    found = everything(world.cloud())
    assert len(found) == 3 + 1 + 1 + 1 + 1 + 1
    for thing in found:
        assert thing.labels["catalyst.openova.io/sovereign"] == VARIABLES["sovereign_fqdn"]
        assert thing.labels["catalyst.openova.io/deployment"] == VARIABLES["deployment_id"]
        assert thing.name.startswith("catalyst-omantel-omani-works")


def test_given_an_apply_when_looked_at_then_one_control_plane_and_n_workers_run(
    world: World, made: Workdir
) -> None:
    roles = sorted(
        server.labels["catalyst.openova.io/role"] for server in world.cloud().servers.get_all()
    )
    assert roles == ["control-plane", "worker", "worker"]


def test_given_an_apply_when_the_subnet_is_read_then_its_zone_is_that_of_the_region(
    world: World, made: Workdir
) -> None:
    [network] = world.cloud().networks.get_all()
    location = world.cloud().locations.get_by_name(VARIABLES["region"])
    assert location
    assert [subnet.network_zone for subnet in network.subnets] == [location.network_zone]


def test_given_an_apply_when_the_balancer_is_read_then_it_forwards_to_the_control_plane_in_private(
    world: World, made: Workdir
) -> None:
    [balancer] = world.cloud().load_balancers.get_all()
    forwards = {(s.protocol, s.listen_port, s.destination_port) for s in balancer.services}
    assert forwards == {("tcp", 80, 31080), ("tcp", 443, 31443), ("tcp", 6443, 6443)}
    [target] = balancer.targets
    assert target.use_private_ip
    server = world.cloud().servers.get_by_id(target.server.id)
    assert server.labels["catalyst.openova.io/role"] == "control-plane"


def test_given_no_allowed_ranges_when_the_firewall_is_read_then_ssh_and_api_are_closed(
    world: World, made: Workdir
) -> None:
    [firewall] = world.cloud().firewalls.get_all()
    rules = {(rule.protocol, rule.port) for rule in firewall.rules}
    assert rules == {("icmp", None), ("tcp", "80"), ("tcp", "443")}
    assert len(firewall.applied_to) == 3


def test_w9_given_networks_for_the_api_when_applied_then_only_the_firewall_lets_them_in(
    fresh: World,
) -> None:
    with fresh.sovereign(worker_count=0, api_allowed_cidrs=["203.0.113.0/24"]) as workdir:
        apply(fresh, workdir)
        url = outputs_of(fresh, workdir)["kubernetes_api_url"]
        cloud = fresh.cloud()
        [firewall], [balancer] = cloud.firewalls.get_all(), cloud.load_balancers.get_all()
        [server] = cloud.servers.get_all()
        [allowed] = [rule.source_ips for rule in firewall.rules if rule.port == "6443"]
        assert allowed == ["203.0.113.0/24"]
        assert {service.listen_port for service in balancer.services} == {80, 443}
        assert url == f"https://{server.public_net.ipv4.ip}:6443"
        destroy(fresh, workdir)


def test_given_an_apply_when_outputs_are_read_then_they_are_what_the_cloud_says(
    world: World, outputs: dict[str, Any]
) -> None:
    cloud = world.cloud()
    [balancer] = cloud.load_balancers.get_all()
    control_plane = cloud.servers.get_by_name(outputs["servers"][0]["name"])
    assert control_plane
    assert outputs["load_balancer_ip"] == balancer.public_net.ipv4.ip
    assert outputs["load_balancer_ipv6"] == balancer.public_net.ipv6.ip
    assert outputs["control_plane_ip"] == control_plane.public_net.ipv4.ip
    assert control_plane.public_net.ipv6
    assert outputs["control_plane_ipv6"].startswith(control_plane.public_net.ipv6.ip.split("/")[0])
    assert outputs["servers"][0]["private_ip"] == control_plane.private_net[0].ip
    assert {int(server["id"]) for server in outputs["servers"]} == {
        server.id for server in cloud.servers.get_all()
    }
    assert outputs["sovereign_fqdn"] == VARIABLES["sovereign_fqdn"]
    assert outputs["console_url"] == f"https://console.{VARIABLES['sovereign_fqdn']}"


def test_w14_given_a_running_sovereign_when_its_bearer_is_renewed_then_no_machine_is_replaced(
    world: World, made: Workdir
) -> None:
    found = planned(world, made, callback_bearer="another-bearer-" + "y" * 30)
    assert found.words() == "changes nothing"


def test_given_a_key_the_project_has_already_when_applied_then_it_is_used_and_left_alone(
    fresh: World,
) -> None:
    world = fresh
    cloud = world.cloud()
    there = cloud.ssh_keys.create(name="laptop", public_key=VARIABLES["ssh_public_key"])
    with world.sovereign(worker_count=0) as workdir:
        apply(world, workdir)
        assert planned(world, workdir).is_empty
        assert outputs_of(world, workdir)["ssh_key_id"] == str(there.id)
        destroy(world, workdir)
    assert [thing.name for thing in everything(cloud)] == ["laptop"]


def test_given_two_sovereigns_in_one_project_when_applied_then_they_live_side_by_side(
    world: World, made: Workdir, tmp_path: Path
) -> None:
    other = replace(new_world(tmp_path), token=world.token, endpoint=world.endpoint)
    changed = {"sovereign_fqdn": "rihla.omani.works", "deployment_id": "other", "worker_count": 0}
    with other.sovereign(**changed) as workdir:
        apply(other, workdir)
        assert len(world.cloud().servers.get_all()) == 4
        destroy(other, workdir)
    assert planned(world, made).is_empty


def test_given_an_unknown_region_when_planned_then_the_cloud_is_asked_and_nothing_is_made(
    fresh: World,
) -> None:
    with fresh.sovereign(region="atlantis") as workdir, pytest.raises(TofuFailed):
        fresh.run(command.plan(tofu=fresh.tofu), workdir, **SECRET_VARIABLES)
    assert everything(fresh.cloud()) == []
