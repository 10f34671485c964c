"""Builds a pinned tool from Go modules with this machine's Go or, if too old, a fetched one.

Every module is checked against our go.sum; a build never changes go.mod or go.sum.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.tools import cache
from infra.tools.debian import program
from infra.tools.manifest import (
    GO_ENVIRONMENT,
    GO_FLAGS,
    GoTool,
    Manifest,
    ToolError,
    WrongSum,
    this_platform,
)
from infra.tools.progress import Board, Step

# What the go command prints when a module is not what go.sum says (go.dev/ref/mod#authenticating).
BAD_SUM = ("checksum mismatch", "SECURITY ERROR")


def installed_go() -> Path | None:
    """The go command of this machine."""
    found = program("go")
    return Path(found) if found else None


def go_version(go: Path) -> tuple[int, ...]:
    """(1, 26, 8) for go1.26.8, of that very program and not of one it would switch to."""
    answer = subprocess.run(
        [go, "version"],
        env=os.environ | {"GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"\bgo(\d+(?:\.\d+)+)", answer.stdout)
    return _numbers(found.group(1)) if found else (0,)


def new_enough(go: Path, manifest: Manifest) -> bool:
    return go_version(go) >= _numbers(manifest.go_minimum)


def suitable_go(manifest: Manifest, *, board: Board) -> Path:
    """A go command that can build the tools. Raises `ToolError`, `WrongSum`."""
    go = installed_go()
    if go is None:
        raise ToolError("Go is missing: apt-get install golang-go, or see go.dev/doc/install")
    if new_enough(go, manifest):
        return go
    with (
        cache.lock("go"),
        board.step("go", f"fetching toolchain {manifest.go_toolchain}", about=20) as step,
    ):
        fetched = _fetch_toolchain(go, manifest)
        step.say(f"toolchain {manifest.go_toolchain} is there")
        return fetched


def _fetch_toolchain(go: Path, manifest: Manifest) -> Path:
    """Let the old go fetch the new one as a module, as go.dev/doc/toolchain describes.

    Done by hand and not through GOTOOLCHAIN, which a Go before 1.21 (Debian 12 has 1.19) ignores.
    """
    system, machine = this_platform()
    module = f"golang.org/toolchain@v0.0.1-go{manifest.go_toolchain}.{system}-{machine}"
    folder = _fetch_module(go, module, manifest.go_sum, label=f"Go {manifest.go_toolchain}")
    # Module archives carry no execute bits; the go command sets them on what it runs, and so do we.
    for executable in (*folder.glob("bin/*"), *folder.glob("pkg/tool/*/*")):
        executable.chmod(0o755)
    return folder / "bin" / "go"


def _fetch_module(go: Path, module: str, wanted: str, *, label: str) -> Path:
    """The module's folder in Go's own cache. Raises `WrongSum` if it is not what is `wanted`."""
    with tempfile.TemporaryDirectory() as outside_any_module:
        answer = subprocess.run(
            [go, "mod", "download", "-json", module],
            cwd=outside_any_module,
            env=os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOWORK": "off"},
            capture_output=True,
            text=True,
            check=False,
        )
    told = json.loads(answer.stdout or "{}")
    if answer.returncode != 0 or "Dir" not in told:
        raise ToolError(f"{label}: {told.get('Error') or answer.stderr.strip()}")
    if wanted and told["Sum"] != wanted:
        raise WrongSum(
            f"{label}: WRONG SUM. {module}\n"
            f"  expected {wanted}\n  received {told['Sum']}\n  It was not used."
        )
    return Path(told["Dir"])


@contextmanager
def _sources(tool: GoTool, go: Path) -> Iterator[Path]:
    """Where to build: in the tool's folder, or in a copy of it that has the patched module too."""
    if tool.patched is None:
        yield tool.folder
        return
    module = f"{tool.patched.module}@v{tool.version}"
    fetched = _fetch_module(go, module, tool.patched.sum, label=tool.label)
    with cache.workspace() as work:
        copy = Path(shutil.copytree(tool.folder, work / tool.folder.name))
        upstream = copy / "upstream"
        shutil.copytree(fetched, upstream, copy_function=shutil.copyfile)
        # Folders in Go's cache are not to be written; these are.
        for path in (upstream, *upstream.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.copytree(tool.folder / "patch", upstream, dirs_exist_ok=True)
        yield copy


def build(tool: GoTool, *, go: Path, target: Path, step: Step) -> None:
    """Build the tool into the file `target`; what was compiled before is not compiled again.

    Raises `WrongSum` when a module is not what go.sum says, `ToolError` with Go's own last words
    when anything else goes wrong.
    """
    argv = [str(go), "build", "-v", *GO_FLAGS, "-ldflags", tool.ldflags, "-o", str(target)]
    environment = os.environ | GO_ENVIRONMENT | {"GOTOOLCHAIN": "local"}
    last: deque[str] = deque(maxlen=25)
    downloaded = compiled = 0
    with (
        _sources(tool, go) as folder,
        subprocess.Popen(
            [*argv, tool.package],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        for line in process.stderr:
            last.append(line.rstrip())
            downloaded += line.startswith("go: downloading")
            compiled += "/" in line and not line.startswith("go: ")
            step.say(f"building, {downloaded} modules fetched, {compiled} packages compiled")
    if process.returncode == 0:
        return
    words = "\n    ".join(last)
    if any(sign in words for sign in BAD_SUM):
        raise WrongSum(
            f"{tool.label}: WRONG SUM. A module is not what {tool.folder.name}/go.sum says:\n"
            f"    {words}\n  Nothing was installed."
        )
    raise ToolError(f"{tool.label}: the build failed:\n    {words}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def copy_files(tool: GoTool, *, go: Path, target: Path) -> None:
    """Copy the folders of its module that it needs beside it. Raises `ToolError`."""
    answer = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", tool.module or tool.package],
        cwd=tool.folder,
        env=os.environ | GO_ENVIRONMENT | {"GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    folder = Path(answer.stdout.strip())
    if answer.returncode != 0 or not folder.is_absolute():
        raise ToolError(f"{tool.label}: where its module lies is not known: {answer.stderr}")
    for name in tool.files:
        shutil.copytree(folder / name, target / name, copy_function=shutil.copyfile)
    # Folders in Go's cache are not to be written; these may be removed one day.
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
