"""Tests of one group run in one process, one after the other.

What shares the stack, kills its processes or takes a fixed port counts on it. It broke silently
once: pytest 9.2 ignores the attribute by which pytest-xdist 3.8 marks a group.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MODULE = """
import os, pytest
pytestmark = pytest.mark.xdist_group("shared")
@pytest.mark.parametrize("number", range(4))
def test_where(number):
    with open(os.environ["WHERE"], "a") as where:
        where.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_given_two_modules_of_one_group_when_run_by_two_processes_then_one_runs_them_all(
    tmp_path: Path,
) -> None:
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text(MODULE)
    where = tmp_path / "where"
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path)),
            *("-p", "no:django", "-p", "no:cacheprovider"),
            *("-n", "2", "--dist", "loadgroup", "--import-mode=importlib", str(tmp_path)),
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "WHERE": str(where)},
        capture_output=True,
        timeout=60,
        check=True,
    )

    workers = where.read_text().split()
    assert len(workers) == 8
    assert len(set(workers)) == 1
