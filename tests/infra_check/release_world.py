"""A folder of charts, and programs named helm, cosign and syft that leave a trace: the outside of a
release. What they were asked lies in `asked`, what the registry holds in `registry/`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.check.charts import Chart

# Stands for helm 3.22, cosign 3.1 and syft 1.57, as far as a release uses them: same words in, same
# files and same words out. `WORLD` is the folder of the test.
PROGRAM = """#!{python}
import hashlib, json, os, pathlib, shutil, sys, tarfile
import yaml
world = pathlib.Path(os.environ["WORLD"])
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open(world / "asked", "a") as trace:
    trace.write(json.dumps([name, *words]) + "\\n")
mood = json.loads((world / "mood.json").read_text())
for broken in mood.get("fails", []):
    if [name, *words][: len(broken)] == broken:
        sys.exit(mood.get("says", "something is wrong"))
registry = world / "registry"

def archive_of(address, version):
    return registry / (address.rpartition("/")[2] + "-" + version + ".tgz")

def option(flag):
    return words[words.index(flag) + 1]

if words[:2] == ["dependency", "update"]:
    folder = pathlib.Path(words[2])
    for each in json.loads((folder / "Chart.yaml").read_text())["dependencies"]:
        if mood.get("hollow"):
            continue
        inside = folder / "charts" / each["name"]
        inside.mkdir(parents=True)
        meta = {{"apiVersion": "v2", "name": each["name"], "version": each["version"]}}
        if mood.get("stub"):
            meta["annotations"] = {{"catalyst.openova.io/upstream-stubbed": "offline"}}
        (inside / "Chart.yaml").write_text(json.dumps(meta))
elif words[:1] == ["package"]:
    folder = pathlib.Path(words[1])
    meta = json.loads((folder / "Chart.yaml").read_text())
    target = pathlib.Path(option("--destination")) / (meta["name"] + "-" + meta["version"] + ".tgz")
    with tarfile.open(target, "w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            inside = str(path.relative_to(folder))
            if path.is_file() and inside not in mood.get("left_out", []):
                tar.add(path, meta["name"] + "/" + inside)
elif words[:1] == ["template"]:
    print("\\n".join("line: %d" % n for n in range(mood.get("lines", 20))))
elif words[:2] == ["show", "chart"]:
    if not archive_of(words[2], option("--version")).exists():
        sys.exit("Error: " + words[2] + ": not found")
elif words[:1] == ["push"]:
    registry.mkdir(exist_ok=True)
    shutil.copy(words[1], registry)
    print("Pushed: it\\nDigest: sha256:" + hashlib.sha256(pathlib.Path(words[1]).read_bytes()).hexdigest())
elif words[:1] == ["pull"]:
    found = archive_of(words[1], option("--version"))
    target = pathlib.Path(option("--destination")) / found.name
    if mood.get("swapped"):
        with tarfile.open(target, "w:gz"):
            pass
    else:
        shutil.copy(found, target)
elif name == "syft":
    pathlib.Path(option("--output").partition("=")[2]).write_text('{{"spdxVersion": "SPDX-2.3"}}')
"""  # noqa: E501 - a program of its own


@dataclass
class World:
    """`charts` is `<repository>/infra/charts`, in a git repository of its own."""

    path: Path

    @property
    def repository(self) -> Path:
        return self.path / "repository"

    @property
    def charts(self) -> Path:
        return self.repository / "infra" / "charts"

    def chart(self, folder: str = "thing", version: str = "1.0.0", **meta: Any) -> Chart:
        """Write a chart with one dependency, or whatever `meta` says."""
        path = self.charts / folder
        path.mkdir(parents=True, exist_ok=True)
        upstream = {"name": "upstream", "version": "2.0.0", "repository": "https://example.org"}
        body = {
            "apiVersion": "v2",
            "name": f"bp-{folder}",
            "version": version,
            "dependencies": [upstream],
            **meta,
        }
        # JSON is YAML, and quicker to read for the programs above.
        (path / "Chart.yaml").write_text(json.dumps(body))
        for name in ("values.yaml", "values.schema.json", "blueprint.yaml"):
            (path / name).write_text("{}\n")
        return Chart(path)

    def mood(self, **mood: Any) -> None:
        (self.path / "mood.json").write_text(json.dumps(mood))

    @property
    def asked(self) -> list[list[str]]:
        trace = self.path / "asked"
        return (
            [json.loads(line) for line in trace.read_text().splitlines()] if trace.exists() else []
        )

    def did(self, *words: str) -> bool:
        return any(asked[: len(words)] == list(words) for asked in self.asked)

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *who, *words], cwd=self.repository, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--message", "a change", "--allow-empty")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("helm", "cosign", "syft"):
        program = programs / name
        program.write_text(PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
    made = World(tmp_path)
    made.charts.mkdir(parents=True)
    made.mood()
    made.git("init", "--initial-branch", "main")
    monkeypatch.setenv("WORLD", str(tmp_path))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return made
