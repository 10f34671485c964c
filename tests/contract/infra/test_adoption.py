"""What the console looks up for the module, asked of the Hetzner API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hcloud.load_balancer_types.domain import LoadBalancerType
from hcloud.load_balancers.domain import LoadBalancerService
from hcloud.locations.domain import Location
from hcloud.networks.domain import NetworkSubnet

from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import adoption
from sovereign_wizard.catalog.problems import HetznerAway, TokenRefused
from tests.integration.tofu.tofu_world import World, cloud_world

MINE = {"catalyst.openova.io/deployment": "mine"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cloud_world(tmp_path) as world:
        yield world


def look(world: World) -> dict[str, object]:
    return adoption.already_there(
        token=Secret(world.token), endpoint=world.endpoint, deployment_id="mine"
    )


def test_given_an_empty_project_when_looked_at_then_nothing_is_there(world: World) -> None:
    assert look(world) == {"subnet": False, "listen_ports": []}


def test_given_what_another_deployment_made_when_looked_at_then_it_does_not_count(
    world: World,
) -> None:
    subnet = NetworkSubnet(ip_range="10.0.1.0/24", type="cloud", network_zone="eu-central")
    world.cloud().networks.create(
        name="other",
        ip_range="10.0.0.0/16",
        subnets=[subnet],
        labels={"catalyst.openova.io/deployment": "other"},
    )
    assert look(world)["subnet"] is False


def test_given_parts_of_an_interrupted_run_when_looked_at_then_they_are_found(
    world: World,
) -> None:
    cloud = world.cloud()
    subnet = NetworkSubnet(ip_range="10.0.1.0/24", type="cloud", network_zone="eu-central")
    cloud.networks.create(name="a", ip_range="10.0.0.0/16", subnets=[subnet], labels=MINE)
    cloud.load_balancers.create(
        name="a",
        load_balancer_type=LoadBalancerType(name="lb11"),
        location=Location(name="nbg1"),
        labels=MINE,
        services=[LoadBalancerService(protocol="tcp", listen_port=443, destination_port=31443)],
    )
    assert look(world) == {"subnet": True, "listen_ports": [443]}


def test_given_a_refused_token_when_looked_at_then_it_is_a_problem_without_the_token(
    world: World,
) -> None:
    world.token = "x" * 64
    with pytest.raises(TokenRefused) as refused:
        look(world)
    assert world.token not in f"{refused.value!r}{refused.value.__cause__!r}"


def test_given_no_cloud_when_looked_at_then_it_is_a_problem(world: World) -> None:
    world.endpoint = "http://127.0.0.1:1/v1"
    with pytest.raises(HetznerAway):
        look(world)
