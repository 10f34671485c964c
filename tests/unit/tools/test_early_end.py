"""What the tests of a folder share is gone when the tests of the next one run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = """
import os, pytest
@pytest.fixture(scope="session")
def shared():
    open("log", "a").write("up\\n")
    yield
    open("log", "a").write("down\\n")
@pytest.fixture(scope="session")
def upon(shared):
    yield
    open("log", "a").write("upon down\\n")
"""
USES = """
def test_it(upon): open("log", "a").write("used\\n")
def test_twice(shared): open("log", "a").write("used\\n")
"""
AFTER = 'def test_after(): open("log", "a").write("after\\n")\n'


def test_given_a_named_folder_then_its_session_fixtures_end_with_its_last_test(
    tmp_path: Path,
) -> None:
    for name, files in {
        "named": {"conftest.py": CONFTEST, "test_one.py": USES, "test_two.py": USES},
        "others": {"test_after.py": AFTER},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\nearly_end = named\n")
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.plugins.early_end"),
            *("-p", "no:django", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)),
            *("--import-mode=importlib", "named", "others"),
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()},
        capture_output=True,
        timeout=60,
        check=True,
    )

    told = (tmp_path / "log").read_text().splitlines()
    assert told == ["up", *["used"] * 4, "upon down", "down", "after"]
