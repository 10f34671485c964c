"""`static/dist` is what its sources make, byte for byte; nobody edits it by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A tree with the sources and the packages, in which `npm run build` may write."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    away = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / "static", tmp_path / "static", ignore=away)
    (tmp_path / "static/node_modules").symlink_to(ROOT / "static/node_modules")
    return tmp_path / "static"


def build(folder: Path) -> dict[str, bytes]:
    done = subprocess.run(
        ["npm", "run", "build"], cwd=folder, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((folder / "dist").iterdir())}


def test_given_the_sources_when_built_then_dist_is_what_is_committed(copy: Path) -> None:
    committed = contents(ROOT / "static")
    shutil.rmtree(copy / "dist")
    (copy / "dist").mkdir()
    built = build(copy)
    assert built.keys() == committed.keys()
    assert [name for name in built if built[name] != committed[name]] == []


def test_given_a_script_that_does_not_hold_its_types_when_checked_then_refused(copy: Path) -> None:
    with (copy / "src/js/words.js").open("a") as script:
        script.write("\n/** @type {number} */\nexport const wrong = 'a word';\n")
    done = subprocess.run(["npm", "run", "check"], cwd=copy, capture_output=True, text=True)
    assert done.returncode != 0
    assert "words.js" in done.stdout
