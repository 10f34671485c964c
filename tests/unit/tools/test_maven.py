"""A program from Maven's repository: only what is pinned, set up once, and nothing half."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from infra.tools import cache, manifest, obtain
from infra.tools.manifest import MavenTool, WrongSum
from infra.tools.progress import Board

# Stands for `mvn`, which would ask the network: brings the archive that lies beside it.
MVN = """#!/bin/sh
for word; do case $word in -DoutputDirectory=*) to=${word#*=};; esac; done
cp "$(dirname "$0")/archive.zip" "$to/tool-1.0.zip"
"""
PROGRAM = """#!/bin/sh
echo "$1" >> "$(dirname "$0")/done"
"""


@pytest.fixture
def tool(tmp_path: Path, cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> MavenTool:
    """A zip with one folder that holds one program, as the manifest names it."""
    entry = zipfile.ZipInfo("tool-1.0/bin/tool.sh")
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as bundle:
        bundle.writestr(entry, PROGRAM)
    (tmp_path / "mvn").write_text(MVN)
    (tmp_path / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return MavenTool(
        name="tool",
        version="1.0",
        wanted="tests",
        why="a test",
        artifact="org.example:tool",
        sha256=hashlib.sha256((tmp_path / "archive.zip").read_bytes()).hexdigest(),
        program="bin/tool.sh",
        cold_seconds=1,
        folders=("data",),
        setup=("bin/tool.sh", "build"),
    )


def test_given_a_tool_of_maven_then_it_is_set_up_once_and_found_again(tool: MavenTool) -> None:
    assert obtain.locate(tool) is None
    found = have(tool)
    assert found == cache.program(tool) and os.access(found, os.X_OK)
    assert (cache.home(tool) / "data").is_dir()
    assert have(tool) == found
    assert (found.parent / "done").read_text() == "build\n"


def test_given_another_archive_than_the_pinned_one_then_nothing_of_it_is_there(
    tool: MavenTool,
) -> None:
    other = replace(tool, sha256="0" * 64)
    with pytest.raises(WrongSum, match="received SHA-256"):
        have(other)
    assert obtain.locate(other) is None and not cache.home(other).exists()


def test_given_another_set_up_then_the_cache_key_is_another(tool: MavenTool) -> None:
    assert replace(tool, setup=("bin/tool.sh", "other")).key != tool.key
    assert replace(tool, folders=()).key != tool.key


def have(tool: MavenTool) -> Path:
    with Board() as board:
        return obtain.Workshop(manifest.load(), board=board).ensure(tool).path
