"""Follows a Deployment of the running stack through its lifecycle, over the API only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Console, hetzner

PATIENCE_SECONDS = 240.0
KINDS = (
    "servers",
    "load_balancers",
    "networks",
    "firewalls",
    "ssh_keys",
    "placement_groups",
    "volumes",
    "primary_ips",
)
Document = dict[str, Any]


def until(console: Console, deployment_id: str, reached: Callable[[Document], bool]) -> Document:
    """Look until `reached`; fails with what the Deployment says when it does not happen."""
    deadline, seen = time.monotonic() + PATIENCE_SECONDS, {}
    while time.monotonic() < deadline:
        try:
            seen = console.deployment(deployment_id)
        except httpx.HTTPError:
            continue
        if reached(seen):
            return seen
        time.sleep(0.05)
    pytest.fail(f"not reached in {PATIENCE_SECONDS} s: {seen}")


def is_state(wanted: str) -> Callable[[Document], bool]:
    """Reached when it is in this state; a failure on the way is told at once."""

    def reached(seen: Document) -> bool:
        assert seen["status"] != "failed" or wanted == "failed", seen["problem"]
        return bool(seen["status"] == wanted)

    return reached


def begun(phase: str) -> Callable[[Document], bool]:
    """Reached when this phase is at work or over."""

    def reached(seen: Document) -> bool:
        assert seen["status"] not in ("failed", "cancelled"), seen
        return any(row["id"] == phase and row["state"] != "pending" for row in seen["phases"])

    return reached


def destroy(console: Console, deployment_id: str) -> None:
    fqdn = console.deployment(deployment_id)["sovereignFQDN"]
    answer = console.post(f"/deployments/{deployment_id}/destroy", {"confirmFQDN": fqdn})
    assert answer.status_code == 202, answer.text


def left_at_hetzner(state: Any, token: str) -> dict[str, int]:
    """Kind → how many there are in the token's project; only kinds of which there are some."""
    client = hetzner(state, token)
    counts = {kind: len(getattr(client, kind).get_all()) for kind in KINDS}
    return {kind: count for kind, count in counts.items() if count}


def name_is_free(console: Console, wish: Document) -> bool:
    answer = console.post(
        "/subdomains/check",
        {"subdomain": wish["sovereignSubdomain"], "poolDomain": wish["sovereignPoolDomain"]},
    )
    return bool(answer.raise_for_status().json()["available"])
