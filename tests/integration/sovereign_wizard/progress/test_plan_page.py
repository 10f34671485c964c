"""What real tofu would destroy stands on the page and in the API, address by address."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from hcloud import Client as Hetzner

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from catalyst.work.steps import Fail
from sovereign_wizard.provisioning import director, services
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.provisioning.phases import BY_ID
from tests.integration.sovereign_wizard.provisioning.conftest import make
from tests.integration.sovereign_wizard.provisioning.scripted import phases
from tests.integration.tofu.tofu_world import empty

__all__ = ["make"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
REAL = ("tofu-init", "tofu-plan", "approve", "tofu-apply")


class Enough(Problem):
    type = "enough"
    title = "Far enough for this test"


def stops(_: Context) -> Outcome:
    return Fail(Enough())


@pytest.fixture
def token() -> Iterator[str]:
    """Of a project of its own, emptied afterwards."""
    state = StackState.load()
    token = Cloud(state).token(f"plan-{uuid.uuid4().hex[:8]}")
    yield token
    empty(Hetzner(token=token, api_endpoint=state.hcloud_endpoint or ""))


def advance(row: Deployment) -> None:
    director.advance(
        row.pk, phases={**phases(tofu_output=stops), **{name: BY_ID[name] for name in REAL}}
    )
    row.refresh_from_db()


def approve(row: Deployment) -> None:
    assert row.state == State.WAITING, row.problem
    [run] = row.runs.filter(finished_at=None)
    services.approve(deployment=row, plan_sha256=run.plan.sha256, actor="owner")


def test_given_a_plan_that_takes_machines_away_when_looked_at_then_each_is_named_by_its_address(
    make: Callable[..., Deployment], token: str, browser: Callable[..., Client]
) -> None:
    row = make(hetzner_token=Secret(token), approve_plan=True, worker_count=1, worker_size="cx33")
    advance(row)
    client = browser(row.owner)
    page = f"/sovereign/deployments/{row.pk}/approve/"
    assert "Data is lost" not in client.get(page).content.decode()
    approve(row)
    advance(row)
    assert row.problem["type"] == "enough", row.problem

    Deployment.objects.filter(pk=row.pk).update(worker_count=0, region="nbg1")
    services.retry(deployment=row, actor="owner", phase="tofu-plan")
    advance(row)

    told = client.get(page).content.decode()
    assert "Data is lost: this plan destroys or replaces" in told
    assert 'replaces <code class="break-all">hcloud_server.control_plane' in told
    assert 'destroys <code class="break-all">hcloud_server.worker[0]</code>' in told
    losses = client.get(f"/api/v1/deployments/{row.pk}").json()["plan"]["losses"]
    assert {"action": "destroys", "address": "hcloud_server.worker[0]"} in losses
    assert losses[0]["address"].startswith("hcloud_server.")
