"""One budget of requests per Hetzner token: a run waits for it, says until when, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import throttle
from tests.e2e.conftest import Console, phase

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]


def test_given_a_budget_another_program_used_up_when_applying_then_it_waits_says_so_and_goes_on(
    state: StackState, cloud: Cloud, console: Console, make_wish: Callable[..., dict[str, Any]]
) -> None:
    token = Secret(cloud.token("used-up"))
    budget = throttle.bucket_of(token)
    # Enough for the checks and the plan, too little for an apply.
    budget.learn({"RateLimit-Remaining": str(throttle.PLAN_COST + throttle.PREFLIGHT_COST + 20)})
    deployment_id = console.provision(make_wish(token.reveal()))

    waiting = console.until(deployment_id, lambda document: document["status"] == "waiting")

    assert waiting["reason"].startswith("waiting for Hetzner until "), waiting
    assert phase(waiting, "tofu-plan")["state"] == "done"
    assert phase(waiting, "tofu-apply")["state"] == "waiting"
    page = console.person.http.get(f"/sovereign/deployments/{deployment_id}/")
    assert waiting["reason"] in page.text
    # An hour passes.
    redis = Redis.from_url(state.redis_url or "")
    forgotten = list(redis.scan_iter(match=f"*:{budget.name}"))
    assert len(forgotten) == 1
    redis.delete(*forgotten)
    console.until(deployment_id, lambda document: document["status"] == "ready")
