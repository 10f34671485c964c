"""Hetzner stops answering for a while, for everybody."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from tests.e2e.conftest import Console, stack_process

pytestmark = [pytest.mark.xdist_group("mortal"), pytest.mark.slow]
Make = Callable[..., dict[str, Any]]


def test_given_the_cloud_away_when_provisioning_then_it_waits_says_so_and_goes_on(
    stack: Stack, cloud: Cloud, console: Console, make_wish: Make
) -> None:
    wish = make_wish(cloud.token("away"))
    cloud_process = stack_process(stack, "localcloud")
    os.kill(cloud_process, signal.SIGSTOP)
    try:
        deployment_id = console.provision(wish)
        waiting = console.until(deployment_id, lambda document: document["status"] == "waiting")
    finally:
        os.kill(cloud_process, signal.SIGCONT)

    assert "Hetzner" in waiting["reason"]
    console.until(deployment_id, lambda document: document["status"] == "ready")
