"""Every request of ours stays within the shared budget, which the vendor's answers correct."""

from __future__ import annotations

import pytest

from catalyst.limits.services import Bucket
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import throttle
from sovereign_wizard.catalog.client import Hetzner, UnknownPath
from sovereign_wizard.catalog.problems import HetznerRefused, RateLimited
from sovereign_wizard.catalog.project import look
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject, hits


@pytest.fixture
def cloud_project() -> CloudProject:
    return CloudProject.new()


@pytest.fixture
def budget(cloud_project: CloudProject) -> Bucket:
    return throttle.bucket_of(cloud_project.token)


def test_given_an_empty_budget_then_nothing_is_sent(
    cloud_project: CloudProject, budget: Bucket
) -> None:
    budget.learn({"RateLimit-Limit": "3600", "RateLimit-Remaining": "0"})

    with (
        cloud_project.fault("latency", seconds=0) as seen,
        Hetzner(cloud_project.token, patience=0) as api,
    ):
        with pytest.raises(RateLimited) as refused:
            api.read("/locations")
        assert hits(seen) == 0

    assert refused.value.extra["waiting"].startswith("waiting for Hetzner until ")
    assert "UTC" in refused.value.detail


def test_given_an_answer_that_says_little_is_left_then_everybody_knows(
    cloud_project: CloudProject, budget: Bucket
) -> None:
    with cloud_project.fault("rate_limit", remaining=3), Hetzner(cloud_project.token) as api:
        api.read("/locations")

    assert budget.waits_until(cost=3) is None
    with pytest.raises(RateLimited) as wait:
        throttle.take(cloud_project.token, cost=throttle.PLAN_COST)
    assert wait.value.extra["waiting"].startswith("waiting for Hetzner until ")
    assert throttle.PLAN_COST - 5 < wait.value.extra["retry_after"] <= throttle.PLAN_COST


def test_given_a_429_then_the_next_request_is_not_even_sent(
    cloud_project: CloudProject, budget: Bucket
) -> None:
    with (
        cloud_project.fault("rate_limit") as fault,
        Hetzner(cloud_project.token, patience=0) as api,
    ):
        for _ in range(3):
            with pytest.raises(RateLimited):
                api.read("/locations")
        assert hits(fault) == 1


def test_given_a_budget_then_a_tofu_command_takes_its_share(
    cloud_project: CloudProject, budget: Bucket
) -> None:
    throttle.take(cloud_project.token, cost=throttle.APPLY_COST)
    assert budget.waits_until(cost=3600 - throttle.APPLY_COST + 20) is not None


def test_given_two_tokens_then_each_has_its_own_budget(cloud_project: CloudProject) -> None:
    throttle.bucket_of(cloud_project.token).learn({"RateLimit-Remaining": "0"})
    throttle.take(CloudProject.new().token, cost=1)


def test_given_a_token_then_redis_only_learns_its_fingerprint(budget: Bucket) -> None:
    assert throttle.bucket_of(Secret("a" * 64)).name == (
        "hetzner:ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
    )


def test_given_a_limit_of_the_project_then_plain_words_not_the_vendors(
    cloud_project: CloudProject,
) -> None:
    over = {"status": 403, "code": "resource_limit_exceeded", "message": "limit 10 hit"}
    with cloud_project.fault("status", **over), Hetzner(cloud_project.token) as api:
        with pytest.raises(HetznerRefused) as refused:
            api.read("/servers")

    assert refused.value.extra["code"] == "resource_limit_exceeded"
    assert "ask for an increase" in refused.value.detail


def test_given_a_kind_the_api_does_not_have_then_it_is_said_not_guessed(
    cloud_project: CloudProject,
) -> None:
    gone = {"status": 404, "code": "not_found", "message": "not found"}
    with cloud_project.fault("status", match={"path": "certificates"}, **gone):
        found = look(cloud_project.token)
        with Hetzner(cloud_project.token) as api, pytest.raises(UnknownPath):
            list(api.every("certificates"))

    assert "certificates" in found.unread
