"""A skipped test fails the run, however it was skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.tools.manifest import ROOT

SKIPPED = {
    "by mark": "import pytest\n@pytest.mark.skip('no need')\ndef test_it(): pass\n",
    "inside": "import pytest\ndef test_it(): pytest.skip('no need')\n",
    "module": "import pytest\npytest.skip('no need', allow_module_level=True)\n",
    "by fixture": "import pytest\n@pytest.fixture\ndef it(): pytest.skip('no need')\n"
    "def test_it(it): pass\n",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n"
    "    @unittest.skip('no need')\n    def test_it(self): pass\n",
}
XFAILED = "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n"


def run(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A pytest of its own, with our rule and nothing else of this house."""
    (folder / "test_sample.py").write_text(source)
    argv = ["-m", "pytest", "-c", "/dev/null", "-p", "tests.plugins.no_skips"]
    return subprocess.run(
        [sys.executable, *argv, "-p", "no:cacheprovider", *options, str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("source", SKIPPED.values(), ids=SKIPPED)
def test_given_a_skipped_test_then_the_run_fails_and_says_why(tmp_path: Path, source: str) -> None:
    answer = run(tmp_path, source)
    assert answer.returncode != 0
    assert "no need" in answer.stdout


def test_given_worker_processes_and_a_skipped_module_then_the_run_fails(tmp_path: Path) -> None:
    """pytest-xdist itself drops the report of a module skipped as a whole."""
    answer = run(tmp_path, SKIPPED["module"], "-p", "xdist", "-n", "1")
    assert answer.returncode != 0
    assert "no need" in answer.stdout


def test_given_an_expected_failure_then_the_run_passes(tmp_path: Path) -> None:
    assert run(tmp_path, XFAILED).returncode == 0
