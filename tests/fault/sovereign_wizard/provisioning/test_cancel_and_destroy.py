"""Cancelled or killed anywhere, destroyed afterwards: nothing is left, the name is free."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from sovereign_wizard.provisioning.order import order_of
from tests.e2e.conftest import Console, stack_process
from tests.fault.sovereign_wizard.provisioning.following import (
    begun,
    destroy,
    is_state,
    left_at_hetzner,
    name_is_free,
    until,
)

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]
Make = Callable[..., dict[str, Any]]


def cancel_in(console: Console, deployment_id: str, phase: str) -> bool:
    """Cancel once this phase has begun; false when the run was over sooner."""
    until(console, deployment_id, begun(phase))
    answer = console.post(f"/deployments/{deployment_id}/cancel")
    if answer.status_code == 409:
        return False
    assert answer.status_code == 202, answer.text
    until(console, deployment_id, is_state("cancelled"))
    return True


def test_given_a_cancel_in_each_phase_when_retried_then_ready_and_destroyed_without_a_trace(
    state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    token = cloud.token("cancelled")
    wish = make_wish(token, approvePlan=True, workerCount=0)
    deployment_id = console.provision(wish)
    cancelled = 0
    for phase in order_of("provision", approve=True):
        if not cancel_in(console, deployment_id, phase):
            break
        cancelled += 1
        assert console.post(f"/deployments/{deployment_id}/retry").status_code == 200
        if phase in ("approve", "tofu-apply"):  # a new run, a new plan, a new approval
            approve(console, deployment_id)
    until(console, deployment_id, is_state("ready"))

    assert cancelled >= 8
    assert left_at_hetzner(state, token)["servers"] == 1
    destroy(console, deployment_id)
    until(console, deployment_id, is_state("destroyed"))
    assert left_at_hetzner(state, token) == {}
    assert name_is_free(console, wish)


def approve(console: Console, deployment_id: str) -> None:
    seen = until(console, deployment_id, begun("approve"))
    path = f"/deployments/{deployment_id}/approve"
    assert console.post(path, {"planSha256": "0" * 64}).status_code == 409
    approved = console.post(path, {"planSha256": seen["plan"]["sha256"]})
    assert approved.status_code == 200, approved.text


@pytest.mark.parametrize("phase", ["preflight", "tofu-apply", "cluster-callback"])
def test_given_a_cancel_when_destroyed_then_nothing_is_left(
    state: StackState, cloud: Cloud, console: Console, make_wish: Make, phase: str
) -> None:
    token = cloud.token(f"destroyed-{phase}")
    wish = make_wish(token, workerCount=0)
    deployment_id = console.provision(wish)
    assert cancel_in(console, deployment_id, phase)

    destroy(console, deployment_id)
    until(console, deployment_id, is_state("destroyed"))

    assert left_at_hetzner(state, token) == {}
    assert name_is_free(console, wish)


def test_given_a_worker_killed_in_tofu_destroy_and_the_state_lost_then_destroyed_all_the_same(
    stack: Stack, state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    token = cloud.token("killed-destroy")
    wish = make_wish(token)
    deployment_id = console.provision(wish)
    until(console, deployment_id, is_state("ready"))
    # Every resource is now one that no state knows: only its label says whose it is.
    with psycopg.connect(state.tofu_postgres_url or "") as connection:
        schema = f"deployment_{deployment_id.replace('-', '')}"
        connection.execute(f'DELETE FROM "{schema}".states')  # noqa: S608 - a name of ours

    destroy(console, deployment_id)
    until(console, deployment_id, begun("tofu-destroy"))
    os.killpg(os.getpgid(stack_process(stack, "worker")), signal.SIGKILL)
    until(console, deployment_id, is_state("destroyed"))

    assert left_at_hetzner(state, token) == {}
    assert name_is_free(console, wish)
