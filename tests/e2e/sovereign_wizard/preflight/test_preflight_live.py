"""The preflight of a real Deployment: waits for Hetzner in so many words, then says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Console, phase
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

pytestmark = pytest.mark.xdist_group("e2e")
Wish = Callable[..., dict[str, Any]]


def log_of(console: Console, deployment: str) -> str:
    answer = console.person.http.get(f"/log/deployment:{deployment}/download")
    return str(answer.raise_for_status().text)


def test_given_a_slow_down_and_8_gb_then_it_waits_in_words_goes_on_and_says_why_not(
    console: Console, make_wish: Wish
) -> None:
    project = CloudProject.new()
    wish = make_wish(project.token.reveal(), controlPlaneSize="cpx32")

    with project.fault("rate_limit", times=1):
        deployment = console.provision(wish)
        waiting = console.until(deployment, lambda seen: seen["status"] == "waiting")
    failed = console.until(deployment, lambda seen: seen["status"] == "failed")

    assert waiting["reason"].startswith("waiting for Hetzner until ")
    assert waiting["reason"].endswith(" UTC")
    problem = failed["problem"]
    assert (problem["type"], problem["phase"]) == ("preflight-failed", "preflight")
    assert "cpx32 has 8 GB" in problem["detail"]
    verdicts = {check["id"]: check["verdict"] for check in problem["checks"]}
    assert verdicts.pop("memory") == "failed"
    assert verdicts["token"] == verdicts["placement"] == verdicts["pool"] == "passed"
    assert "failed" not in verdicts.values()
    assert phase(failed, "tofu-init")["state"] == "pending"
    log = log_of(console, deployment)
    assert "✗ Memory of the control plane: cpx32 has 8 GB" in log
    assert "✓ Pool domain: omani.works is delegated to ns1.openova.io" in log
    assert log.count("Clock: Hetzner's clock") == 1, "told once, however often it looked"


def test_given_an_owner_who_insists_then_8_gb_are_a_warning_only(
    console: Console, make_wish: Wish
) -> None:
    """A size that is sold out stops it, so that nothing is made."""
    project = CloudProject.new()
    insists = {"controlPlaneSize": "cpx32", "smallControlPlane": True, "workerSize": "cx53"}

    with project.fault("sold_out", server_type="cx53", location="nbg1"):
        deployment = console.provision(make_wish(project.token.reveal(), **insists))
        failed = console.until(deployment, lambda seen: seen["status"] == "failed")

    verdicts = {check["id"]: check["verdict"] for check in failed["problem"]["checks"]}
    assert verdicts["memory"] == "warning"
    assert verdicts["placement"] == "failed"
    assert "cx53 cannot be had in nbg1 now" in failed["problem"]["detail"]
