"""The vendor's OpenTofu provider makes, changes and destroys everything, and then sees no diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.localcloud.tofu_runs import Tofu, ready
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_balancers import is_open
from tests.integration.localcloud.test_refusals import ssh_public_key

MODULE = Path(__file__).parent / "module" / "main.tf"


@pytest.fixture
def tofu(cloud: LocalCloud, token: str, tmp_path: Path) -> Tofu:
    return ready(MODULE, tmp_path, cloud, token, public_key=ssh_public_key())


def test_given_the_whole_module_when_applied_changed_and_destroyed_then_the_cloud_agrees(
    cloud: LocalCloud, token: str, tofu: Tofu
) -> None:
    tofu.apply(stage="one")
    made = tofu.resources()
    assert len(made) == 14
    assert tofu.differs(stage="one") == ""
    front = json.loads(tofu.must("output", "-json"))["address"]["value"]
    assert is_open(front, 80) and is_open(front, 443)

    assert tofu.differs(stage="two")
    tofu.apply(stage="two")
    assert tofu.resources() == made, "a label must never replace a resource"
    assert tofu.differs(stage="two") == ""
    listed = cloud.call("GET", "/servers?label_selector=stage=two", token=token).json()
    assert [server["status"] for server in listed["servers"]] == ["running"] * 2

    tofu.must("destroy", "-auto-approve", "-input=false", stage="two")
    for kind in (
        "ssh_keys",
        "networks",
        "firewalls",
        "servers",
        "load_balancers",
        "placement_groups",
        "primary_ips",
    ):
        assert cloud.call("GET", f"/{kind}", token=token).json()[kind] == []
    assert not is_open(front, 443)


def test_given_a_read_only_token_when_applied_then_nothing_is_made(
    cloud: LocalCloud, tofu: Tofu
) -> None:
    project = cloud.project()
    token = cloud.token(project, "ro")

    done = tofu.beside(tofu.folder, token=token).run(
        "apply", "-auto-approve", "-input=false", "-no-color"
    )

    assert done.returncode == 1
    assert "insufficient permissions" in done.stderr
    assert cloud.call("GET", "/networks", token=token).json()["networks"] == []
