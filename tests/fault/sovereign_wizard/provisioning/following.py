"""Follows a Deployment of the running stack through its lifecycle, over the API only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    """As the console looks, but longer, and through every state."""
    return console.until(deployment_id, reached, ends=(), seconds=PATIENCE_SECONDS)


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
