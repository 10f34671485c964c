"""Where a database is given, the agent serves; but it is the script that calls the console back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from catalyst.embedded.state import StackState
from tests.integration.internet.running import free_range
from tests.integration.localcloud.running import LocalCloud, until
from tests.integration.localcloud.sovereign_world import World, name_server
from tests.integration.localcloud.test_machines import boot
from tests.integration.localcloud.user_data.conftest import KUBECTL
from tests.plugins.backing_stack import STATE_DIR

pytestmark = pytest.mark.xdist_group("user-data")

BOOT_SECONDS = 90.0


def test_given_a_database_then_the_agent_starts_after_the_commands_and_does_not_call_back(
    kube: Path, tmp_path: Path
) -> None:
    with free_range() as network:
        names = name_server(network, tmp_path)
        names.start()
        world = World(StackState.load(STATE_DIR), names)
        world.start()
        cluster = {"kube": str(kube), "etcd": shutil.which("etcd"), "kubectl": str(KUBECTL)}
        machine = world.machine(tmp_path) | {"cluster": cluster}
        cloud = LocalCloud(network, tmp_path, machine=machine)
        cloud.start()
        try:
            header, document = world.user_data().split("\n", 1)
            told = json.loads(document) | {"runcmd": ["echo commands were run"]}
            server = boot(cloud.client(), f"{header}\n{json.dumps(told)}")
            # A certificate is asked for long after the agent would have called back.
            until(lambda: world.txt, seconds=BOOT_SECONDS)
            assert world.calls == []
            console = (cloud.machine_dir(server.id) / "console.log").read_text()
            assert 0 < console.index("\ncommands were run") < console.index(" database")
        finally:
            assert cloud.stop() == 0
            world.stop()
            names.stop()
