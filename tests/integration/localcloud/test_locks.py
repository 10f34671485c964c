"""What is being worked on is locked, and a network that is being changed is in conflict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.internet.running import until
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_refusals import ssh_public_key


@pytest.fixture
def slow_cloud(own_cloud: LocalCloud) -> LocalCloud:
    """Its actions take long enough to ask something meanwhile, on any computer."""
    own_cloud.action_seconds = 2.0
    own_cloud.__post_init__()
    own_cloud.start()
    return own_cloud


def test_given_running_actions_when_asked_for_more_then_locked_or_conflict_until_they_end(
    slow_cloud: LocalCloud,
) -> None:
    token = slow_cloud.token(slow_cloud.project())

    def post(path: str, **body: Any) -> tuple[int, str]:
        answer = slow_cloud.call("POST", path, token=token, json=body)
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    def made(path: str, kind: str, **body: Any) -> int:
        answer = slow_cloud.call("POST", path, token=token, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()[kind]["id"])

    volume = made("/volumes", "volume", name="v", size=10, location="hel1")
    assert post(f"/volumes/{volume}/actions/resize", size=20) == (423, "locked")

    network = made("/networks", "network", name="n", ip_range="10.0.0.0/16")
    route = {"destination": "10.100.1.0/24", "gateway": "10.0.1.1"}
    assert post(f"/networks/{network}/actions/add_route", **route) == (201, "")
    assert post(f"/networks/{network}/actions/delete_route", **route) == (409, "conflict")

    key = made("/ssh_keys", "ssh_key", name="k", public_key=ssh_public_key())
    server = made(
        "/servers", "server", name="s", server_type="cx23", image="debian-12", ssh_keys=[key]
    )
    assert post(f"/servers/{server}/actions/reboot") == (423, "locked")
    path = f"/servers/{server}"
    shown = slow_cloud.call("GET", path, token=token).json()["server"]
    assert (shown["status"], shown["locked"]) == ("initializing", True)
    assert slow_cloud.call("DELETE", path, token=token).status_code == 423

    until(lambda: post(f"/volumes/{volume}/actions/resize", size=20) == (201, ""))
    until(lambda: post(f"/networks/{network}/actions/delete_route", **route) == (201, ""))
    until(lambda: slow_cloud.call("DELETE", path, token=token).status_code == 200)
