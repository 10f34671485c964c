"""A protected Sovereign: nothing of it can be deleted by hand, and a destroy takes all of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from hcloud import APIException

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


def log_of(console: Console, deployment_id: str) -> str:
    answer = console.person.http.get(f"/api/v1/deployments/{deployment_id}/events")
    return "\n".join(event["message"] for event in answer.raise_for_status().json()["events"])


def test_given_deletion_protection_when_deleted_by_hand_then_refused_and_destroyed_by_the_console(
    stack: Stack, state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    token = cloud.token("protected")
    client = hetzner(state, token)
    deployment_id = console.provision(make_wish(token, deleteProtection=True))
    until(console, deployment_id, is_state("ready"))
    held = [
        *client.servers.get_all(),
        *client.load_balancers.get_all(),
        *client.networks.get_all(),
    ]
    assert len(held) == 2 + 1 + 1
    for thing in held:
        with pytest.raises(APIException) as refused:
            thing.delete()
        assert refused.value.code == "protected"

    def lifting(seen: dict[str, Any]) -> bool:
        assert seen["status"] not in ("failed", "destroyed"), seen["problem"]
        return "Lifting the" in log_of(console, deployment_id)

    destroy(console, deployment_id)
    # Killed in the middle of lifting it, another worker goes on.
    until(console, deployment_id, lifting)
    os.killpg(os.getpgid(stack_process(stack, "worker")), signal.SIGKILL)
    until(console, deployment_id, is_state("destroyed"))

    assert left_at_hetzner(state, token) == {}
    log = log_of(console, deployment_id)
    assert "Lifting the deletion protection of hcloud_" in log
    assert "The plan destroys " in log
