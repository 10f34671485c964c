"""The thirteen steps are walked from an empty folder, by the command that a person gives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.integration.embedded.running import short_folder
from tests.plugins.backing_stack import ROOT

pytestmark = [pytest.mark.xdist_group("dod"), pytest.mark.slow, pytest.mark.browser]
SECONDS = 1500


@pytest.mark.timeout(SECONDS + 60)
def test_given_an_empty_folder_when_the_thirteen_steps_are_walked_then_none_is_missing() -> None:
    ours = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("CATALYST_", "HETZNER_", "DOD_"))
    }
    with short_folder() as folder:
        walked = subprocess.run(
            [sys.executable, "-m", "tests.dod"],
            cwd=ROOT,
            env={**ours, "CATALYST_STATE_DIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        (evidence,) = (folder / "evidence").glob("*.html")
        pictures = evidence.read_text().count("<img")
        kept = ROOT / ".catalyst" / "evidence"  # to be looked at, above all when a step is missing
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(evidence, kept)
    told = walked.stdout[-6000:]
    assert walked.returncode == 0, told
    assert told.splitlines()[-1].startswith("make dod passed: 13 of 13 steps"), told
    assert pictures >= 13
