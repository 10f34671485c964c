"""The commands a person types first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from infra.tools.manifest import ROOT

TARGETS = """
    help demo test doctor clean-state stack infra-check cluster-proof chaos dod
    bench-log bench-dns bench-redeem bench-ui
"""


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_given_make_alone_then_every_target_is_explained() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S", make().stdout, re.MULTILINE)
    assert set(listed) == set(TARGETS.split())


def test_given_the_chaos_of_make_then_it_starts() -> None:
    """Its hundred rounds are a job of their own; here only that it can be begun."""
    argv = [sys.executable, "-m", "tests.fault.chaos", "--help"]
    answer = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "--rounds" in answer.stdout


def test_given_a_folder_that_is_no_stack_s_then_clean_state_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years")
    answer = make("clean-state", CATALYST_STATE_DIR=str(tmp_path))
    assert answer.returncode != 0
    assert (tmp_path / "thesis.txt").exists()


def test_given_no_state_then_clean_state_has_nothing_to_do(tmp_path: Path) -> None:
    answer = make("clean-state", CATALYST_STATE_DIR=str(tmp_path / "none"))
    assert answer.returncode == 0


def test_given_a_missing_program_then_doctor_names_it_and_how_to_get_it(tmp_path: Path) -> None:
    """A PATH with nothing on it but what make and Python need."""
    for name in ("make", "sh", "awk"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    answer = make("doctor", PATH=str(tmp_path), PYTHON=sys.executable)
    assert answer.returncode != 0
    assert re.search(r"^MISSING +git ", answer.stdout, re.MULTILINE)
    assert "git: apt-get install git" in answer.stdout
