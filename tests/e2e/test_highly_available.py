"""Three control planes under deletion protection: asked for over the API, ready, and gone again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hcloud import APIException, Client

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.conftest import Console, hetzner, stack_process
from tests.fault.sovereign_wizard.provisioning.following import (
    destroy,
    is_state,
    left_at_hetzner,
    until,
)

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]
Make = Callable[..., dict[str, Any]]


def monthly_net(client: Client, *, size: str, region: str, servers: int) -> Decimal:
    """What the vendor's price list says for so many servers with addresses and a balancer."""

    def there(prices: list[dict[str, Any]]) -> Decimal:
        [price] = [each for each in prices if each["location"] == region]
        return Decimal(price["price_monthly"]["net"])

    server_type = client.server_types.get_by_name(size)
    balancer = client.load_balancer_types.get_by_name("lb11")
    assert server_type and balancer
    listed = client.request(method="GET", url="/pricing")["pricing"]["primary_ips"]
    [address] = [there(each["prices"]) for each in listed if each["type"] == "ipv4"]
    return (there(server_type.prices or []) + address) * servers + there(balancer.prices or [])


def log_of(console: Console, deployment_id: str) -> list[str]:
    answer = console.person.http.get(f"/api/v1/deployments/{deployment_id}/events")
    return [event["message"] for event in answer.raise_for_status().json()["events"]]


def refused_by_hand(client: Client) -> None:
    """The vendor deletes nothing of it as long as it is protected."""
    held = [
        *client.servers.get_all(),
        *client.load_balancers.get_all(),
        *client.networks.get_all(),
    ]
    assert len(held) == 3 + 1 + 1
    for thing in held:
        with pytest.raises(APIException) as refused:
            thing.delete()
        assert refused.value.code == "protected"


def test_given_high_availability_protected_when_ready_then_three_servers_and_gone_when_destroyed(
    stack: Stack, state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    token = cloud.token("highly-available")
    client = hetzner(state, token)
    wish = make_wish(token, haEnabled=True, deleteProtection=True, workerCount=0)
    deployment_id = console.provision(wish)

    seen = until(console, deployment_id, is_state("ready"))

    servers = client.servers.get_all()
    prefix = "catalyst-" + seen["sovereignFQDN"].replace(".", "-")
    assert sorted(server.name for server in servers) == [f"{prefix}-cp-{n}" for n in range(3)]
    assert {s.labels["catalyst.openova.io/role"] for s in servers} == {"control-plane"}
    [balancer] = client.load_balancers.get_all()
    assert {target.server.id for target in balancer.targets} == {s.id for s in servers}
    words = seen["plan"]["words"]
    price = monthly_net(client, size=wish["controlPlaneSize"], region=wish["region"], servers=3)
    assert words.startswith("creates") and " 3 servers" in words
    assert words.endswith(f"; €{price:.2f}/month net")
    said = log_of(console, deployment_id)
    assert any(line.startswith("Control planes cx43: 3 × €") for line in said)
    assert any(line.startswith("Public IPv4 addresses: 3 × €") for line in said)

    refused_by_hand(client)

    def lifting(seen: dict[str, Any]) -> bool:
        assert seen["status"] not in ("failed", "destroyed"), seen["problem"]
        return any("Lifting the" in line for line in log_of(console, deployment_id))

    destroy(console, deployment_id)
    # Killed in the middle of lifting it, another worker goes on.
    until(console, deployment_id, lifting)
    os.killpg(os.getpgid(stack_process(stack, "worker")), signal.SIGKILL)
    until(console, deployment_id, is_state("destroyed"))
    assert left_at_hetzner(state, token) == {}
    assert any("The plan destroys " in line for line in log_of(console, deployment_id))
