"""The engine on the real stack: killed, away, in the way — and it ends right."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.conftest import Console, hetzner, phase, stack_process

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]
Make = Callable[..., dict[str, Any]]


def is_ready(document: dict[str, Any]) -> bool:
    assert document["status"] != "failed", document["problem"]
    return bool(document["status"] == "ready")


def applying(document: dict[str, Any]) -> bool:
    return bool(phase(document, "tofu-apply")["state"] == "running")


def names(resources: list[Any]) -> list[str]:
    return sorted(resource.name for resource in resources)


def test_given_a_worker_killed_in_tofu_apply_when_another_goes_on_then_ready_with_one_set(
    stack: Stack, state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    token = cloud.token("killed")
    deployment_id = console.provision(make_wish(token))
    console.until(deployment_id, applying)

    os.killpg(os.getpgid(stack_process(stack, "worker")), signal.SIGKILL)
    document = console.until(deployment_id, is_ready)

    client = hetzner(state, token)
    fqdn = document["sovereignFQDN"].replace(".", "-")
    assert len(client.servers.get_all()) == 2
    assert len({server.name for server in client.servers.get_all()}) == 2
    assert all(fqdn in name for name in names(client.servers.get_all()))
    assert len(client.load_balancers.get_all()) == len(client.networks.get_all()) == 1
    assert phase(document, "tofu-apply")["attempts"] >= 2, "the worker was not killed in this phase"


def test_given_something_in_the_way_when_retried_after_it_is_gone_then_goes_on_from_that_phase(
    state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    token = cloud.token("in-the-way")
    wish = make_wish(token)
    client = hetzner(state, token)
    fqdn = f"{wish['sovereignSubdomain']}.{wish['sovereignPoolDomain']}"
    # The vendor refuses a second network of this name in the project (uniqueness_error).
    name = f"catalyst-{fqdn.replace('.', '-')}"
    obstacle = client.networks.create(name=name, ip_range="10.9.0.0/16")
    deployment_id = console.provision(wish)
    failed = console.until(deployment_id, lambda document: document["status"] == "failed")

    assert phase(failed, "tofu-apply")["state"] == "failed"
    assert failed["problem"]["phase"] == "tofu-apply"
    assert failed["problem"]["detail"]
    client.networks.delete(obstacle)
    assert console.post(f"/deployments/{deployment_id}/retry").status_code == 200
    document = console.until(deployment_id, is_ready)

    assert document["sovereignFQDN"] == fqdn
    assert phase(document, "tofu-plan")["attempts"] == 1, "phases that were done ran again"


def test_given_the_same_idempotency_key_when_clicked_twice_then_one_deployment(
    cloud: Cloud, console: Console, make_wish: Make
) -> None:
    wish, key = make_wish(cloud.token("twice")), {"Idempotency-Key": "a-double-click"}

    first, second = (console.post("/deployments", wish, **key) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]


def test_given_a_name_that_is_taken_when_asked_for_then_409_with_the_field_and_suggestions(
    cloud: Cloud, console: Console, make_wish: Make
) -> None:
    wish = make_wish(cloud.token("taken"))
    console.provision(wish)

    answer = console.post("/deployments", wish, **{"Idempotency-Key": "another-wish"})

    assert answer.status_code == 409
    assert answer.json()["field"] == "subdomain"
    assert answer.json()["suggestions"]


def test_given_a_wrong_bearer_when_calling_back_then_refused(
    state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    deployment_id = console.provision(make_wish(cloud.token("bearer")))

    answer = httpx.post(
        f"{state.web_url}/api/v1/deployments/{deployment_id}/callback",
        json={"hostname": "evil"},
        headers={"Authorization": "Bearer wrong"},
        trust_env=False,
    )

    assert answer.status_code == 403


def test_given_anothers_deployment_when_looked_at_then_404(
    state: StackState, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    deployment_id = console.provision(make_wish(cloud.token("foreign")))
    stranger = Console(state, ("member",)).person.http

    assert stranger.get(f"/api/v1/deployments/{deployment_id}").status_code == 404
    assert stranger.get(f"/sovereign/deployments/{deployment_id}/").status_code == 404
    assert stranger.get(f"/log/deployment:{deployment_id}/page").status_code == 404
