"""The verdict of `make dod`: thirteen steps, and none may be missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dod.__main__ import STEPS, new_report
from tests.dod.evidence import FAILED, MISSING, PASSED
from tests.plugins.backing_stack import ROOT


def test_given_the_plan_when_counted_then_it_has_its_thirteen_steps() -> None:
    assert sorted(number for number, _title, _act in STEPS) == list(range(1, 14))


def test_given_all_steps_when_passed_then_the_last_line_says_so() -> None:
    report = new_report("test")
    for step in report.steps:
        step.verdict = PASSED
    assert report.is_whole and report.verdict.startswith("make dod passed: 13 of 13 steps")


@pytest.mark.parametrize("word", [FAILED, MISSING])
@pytest.mark.parametrize("number", [1, 7, 13])
def test_given_one_step_when_missing_then_it_fails_and_is_named(number: int, word: str) -> None:
    report = new_report("test")
    for step in report.steps:
        step.verdict = word if step.number == number else PASSED
    assert not report.is_whole
    assert report.verdict.startswith(f"make dod FAILED: 12 of 13 steps, not {number} ")


def test_given_a_secret_when_a_step_saw_it_then_the_report_has_it_nowhere(tmp_path: Path) -> None:
    report = new_report("test")
    secret = report.hide('a "quoted" secret')
    report.steps[0].fact("seen", f"it was {secret}, indeed")
    written = report.write(tmp_path).read_text()
    assert "quoted" not in written and "it was •••, indeed" in written
    report.steps[0].fact("markup", "<script>alert(1)</script>")
    assert "<script>" not in report.write(tmp_path).read_text()


def test_given_a_token_alone_when_walked_live_then_what_is_missing_is_named_and_it_fails(
    tmp_path: Path,
) -> None:
    """No skip that looks like a pass; and nothing is asked of anybody."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.dod"],
        cwd=ROOT,
        env={**os.environ, "HETZNER_TEST_TOKEN": "made-up", "CATALYST_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 1
    assert "DOD_CONSOLE_URL" in answer.stdout and "made-up" not in answer.stdout
    assert answer.stdout.splitlines()[-1].startswith("make dod FAILED: 0 of 13 steps")
