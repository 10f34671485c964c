"""Builds a pinned tool from Go modules with this machine's Go or, if too old, a fetched one.

Every module is checked against our go.sum; a build never changes go.mod or go.sum.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections import deque
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
        raise ToolError(f"Go {manifest.go_toolchain}: {told.get('Error') or answer.stderr.strip()}")
    if manifest.go_sum and told["Sum"] != manifest.go_sum:
        raise WrongSum(
            f"Go {manifest.go_toolchain}: WRONG SUM. {module}\n"
            f"  expected {manifest.go_sum}\n  received {told['Sum']}\n  It was not used."
        )
    folder = Path(told["Dir"])
    # Module archives carry no execute bits; the go command sets them on what it runs, and so do we.
    for executable in (*folder.glob("bin/*"), *folder.glob("pkg/tool/*/*")):
        executable.chmod(0o755)
    return folder / "bin" / "go"


def build(tool: GoTool, *, go: Path, target: Path, step: Step) -> None:
    """Build the tool into the file `target`; what was compiled before is not compiled again.

    Raises `WrongSum` when a module is not what go.sum says, `ToolError` with Go's own last words
    when anything else goes wrong.
    """
    argv = [str(go), "build", "-v", *GO_FLAGS, "-ldflags", tool.ldflags, "-o", str(target)]
    environment = os.environ | GO_ENVIRONMENT | {"GOTOOLCHAIN": "local"}
    last: deque[str] = deque(maxlen=25)
    downloaded = compiled = 0
    with subprocess.Popen(
        [*argv, tool.package],
        cwd=tool.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
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
