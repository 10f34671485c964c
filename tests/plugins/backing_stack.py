"""One real stack for the whole test session, in a state folder of its own.

Loaded by `-p` before Django's settings are read, because they come from that stack. pytest-xdist's
workers find it running. It ends with the session, whatever way the session ends.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATE_DIR = Path(os.environ.get("CATALYST_TEST_STATE_DIR") or ROOT / ".catalyst" / "test")
os.environ["CATALYST_STATE_DIR"] = str(STATE_DIR)
os.environ["CATALYST_KEYCLOAK"] = "off"  # tests that want it start one: tests/plugins/keycloak.py
os.environ["CATALYST_VAULT"] = "envelope"  # tests/integration/catalyst/vault has both
os.environ["CATALYST_STACK_FSYNC"] = "off"  # nobody misses this data after a power cut
OURS = "stack_started_here"
# Tests of files and outside programs; alone in a session they need no stack.
WITHOUT = "tests/infra_check"


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _needs_a_stack(config: pytest.Config) -> bool:
    return not config.option.collectonly and not all(
        argument.startswith(WITHOUT) for argument in config.args
    )


def forget_data() -> None:
    """From nothing: what an earlier session left (machines above all) would be started again.

    Ports and secrets stay, because Django's settings of this process were read from them.
    """
    for entry in STATE_DIR.glob("*"):
        if entry.is_dir() and entry.name != "secrets":
            shutil.rmtree(entry)


def start_from_nothing() -> int:
    """0 when a stack without data is up. One that runs already is not touched, and is an error."""
    from catalyst.embedded import terminal
    from catalyst.embedded.control import Stack

    if not Stack(STATE_DIR).is_running():
        forget_data()
    return terminal.run({"action": "up", "detach": True, "only": "", "json": False})


def pytest_configure(config: pytest.Config) -> None:
    if _is_worker(config) or not _needs_a_stack(config):
        return
    from catalyst.embedded.control import Stack

    if Stack(STATE_DIR).is_running():
        return
    if start_from_nothing():
        pytest.exit("the stack the tests run on did not start", returncode=3)
    setattr(config, OURS, True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if getattr(config, OURS, False):
        from catalyst.embedded.control import Stack

        Stack(STATE_DIR).stop()
