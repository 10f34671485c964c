"""`make demo` on a stack that has seen one: what stopped goes on, what is gone is made anew."""

from __future__ import annotations

import pytest

from catalyst.embedded.demo import path
from catalyst.embedded.demo.path import Cloud
from tests.e2e.conftest import Console

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]


def cancel(console: Console, deployment_id: str) -> None:
    assert console.post(f"/deployments/{deployment_id}/cancel").status_code == 202
    console.until(deployment_id, lambda seen: seen["status"] == "cancelled")


def destroy(console: Console, deployment_id: str) -> None:
    body = {"confirmFQDN": path.FQDN}
    assert console.post(f"/deployments/{deployment_id}/destroy", body).status_code == 202


def test_given_an_earlier_demo_when_asked_again_then_a_cancelled_one_goes_on_and_a_destroyed_not(
    console: Console, cloud: Cloud
) -> None:
    said: list[str] = []
    first = path.provision(console.person, cloud, said.append)
    assert path.provision(console.person, cloud, said.append) == first
    assert "was asked for before" in said[-1]

    cancel(console, first)
    assert path.provision(console.person, cloud, said.append) == first
    assert console.deployment(first)["run"] == 2

    # Destroyed, and still at it when the demo is asked for again.
    cancel(console, first)
    destroy(console, first)
    second = path.provision(console.person, cloud, said.append)
    assert second != first and console.deployment(first)["status"] == "destroyed"

    cancel(console, second)
    destroy(console, second)
    console.until(second, lambda seen: seen["status"] == "destroyed")
