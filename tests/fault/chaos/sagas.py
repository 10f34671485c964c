"""The redeem saga's rounds: they are tests of their own, on a Sovereign's servers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.plugins.backing_stack import ROOT

TESTS = "tests/integration/franchise/applications/test_saga.py"


def survived(rounds: int, seed: int) -> int:
    """How many of so many seeded rounds came to exactly one of everything. Shows what fails."""
    asked = {"CATALYST_SAGA_ROUNDS": str(rounds), "CATALYST_SAGA_SEED": str(seed)}
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "rounds.xml"
        words = ("-n0", "-q", "-k", "killed", f"--junitxml={told}", TESTS)
        subprocess.run(
            [sys.executable, "-m", "pytest", *words], cwd=ROOT, env=os.environ | asked, check=False
        )
        if not told.exists():
            return 0
        cases = ElementTree.parse(told).getroot().iter("testcase")
        return sum(1 for case in cases if not len(case))
