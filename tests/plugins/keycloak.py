"""One Keycloak with the realm `catalyst` for all tests of log-in, beside a PostgreSQL of its own.

It takes half a gigabyte and half a minute of two cores, so the session's stack goes without. Tests
that use the fixture carry `xdist_group("keycloak")`, or every worker would start one. Who works on
such tests may name a running stack that has one: `CATALYST_TEST_KEYCLOAK=<state folder>`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS = 300.0


@pytest.fixture(scope="session")
def keycloak() -> Iterator[object]:
    """A `RunningStack` of Keycloak, realm and all, and the console that leans on it."""
    from tests.integration.embedded.running import RunningStack, short_folder, wait_until

    if running := os.environ.get("CATALYST_TEST_KEYCLOAK"):
        yield RunningStack(Path(running))
        return
    with short_folder() as folder:
        stack = RunningStack(folder / "state", seconds=START_SECONDS)
        try:
            stack.up("keycloak", "web")
            wait_until(
                lambda: stack.service("keycloak-realm").condition == "done", seconds=START_SECONDS
            )
            yield stack
        finally:
            stack.end()
