"""A stack of its own, because what is killed here serves every test that runs beside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.conftest import console, make_wish
from tests.plugins.backing_stack import ROOT, STATE_DIR

__all__ = ["console", "make_wish"]
MORTAL_DIR = STATE_DIR.with_name(f"{STATE_DIR.name}-mortal")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    mortal = Stack(MORTAL_DIR)
    if mortal.is_running():
        mortal.stop()
    shutil.rmtree(MORTAL_DIR, ignore_errors=True)
    # Its public addresses are its own choice.
    environment = {k: v for k, v in os.environ.items() if k != "CATALYST_PUBLIC_RANGE"}
    environment["CATALYST_STATE_DIR"] = str(MORTAL_DIR)
    argv = [sys.executable, "manage.py", "stack", "up", "--detach"]
    subprocess.run(argv, check=True, cwd=ROOT, env=environment)
    try:
        yield mortal
    finally:
        mortal.stop()


@pytest.fixture(scope="session")
def state(stack: Stack) -> StackState:
    return StackState.load(MORTAL_DIR)


@pytest.fixture(scope="session")
def cloud(state: StackState) -> Cloud:
    return Cloud(state)
