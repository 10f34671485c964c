"""A program that comes as a zip from Maven's repository: fetched by `mvn`, which knows its mirrors.

The archive is checked against our sum before it is opened; what the program wants done once before
its first start is done here, so that no start has to wait for it.
"""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from infra.tools import release
from infra.tools.debian import program
from infra.tools.manifest import MavenTool, ToolError, WrongSum
from infra.tools.progress import Step

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
LONG = 1800.0


def make(tool: MavenTool, *, work: Path, step: Step) -> Path:
    """The finished folder of the program below `work`. Raises `ToolError`, `WrongSum`."""
    step.start("fetching", about=tool.cold_seconds)
    archive = _fetch(tool, work)
    found = release.sha256_of(archive)
    if found != tool.sha256:
        raise WrongSum(
            f"{tool.label}: WRONG SUM. {tool.artifact}:{tool.version}:zip\n"
            f"  expected SHA-256 {tool.sha256}\n  received SHA-256 {found}\n"
            "  Nothing was installed."
        )
    step.say("unpacking")
    unpacked = work / "unpacked"
    with zipfile.ZipFile(archive) as bundle:
        bundle.extractall(unpacked)
        # Python's zipfile does not take over who may execute what.
        for entry in bundle.infolist():
            if (entry.external_attr >> 16) & 0o111:
                (unpacked / entry.filename).chmod(0o755)
    (home,) = unpacked.iterdir()
    for name in tool.folders:
        (home / name).mkdir(parents=True, exist_ok=True)
    if tool.setup:
        step.say(f"setting it up ({Path(tool.setup[0]).name})")
        _run(tool, (str(home / tool.setup[0]), *tool.setup[1:]), cwd=home)
    return home


def _fetch(tool: MavenTool, work: Path) -> Path:
    maven = program("mvn")
    if maven is None:
        raise ToolError(f"{tool.label}: Maven is missing: apt-get install maven")
    group, _, name = tool.artifact.partition(":")
    artifact = f"-Dartifact={group}:{name}:{tool.version}:zip"
    _run(tool, (maven, "-B", "-q", f"{PLUGIN}:copy", artifact, f"-DoutputDirectory={work}"), work)
    return work / f"{name}-{tool.version}.zip"


def _run(tool: MavenTool, argv: tuple[str, ...], cwd: Path) -> None:
    try:
        answer = subprocess.run(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONG,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{tool.label}: {error}") from error
    if answer.returncode != 0:
        tail = "\n    ".join(answer.stdout.strip().splitlines()[-15:])
        words = f"{Path(argv[0]).name} ended with {answer.returncode}"
        raise ToolError(f"{tool.label}: {words}\n    {tail}")
