"""What must hold of a chart before it goes out: pure functions over folders and tar listings.

Each returns the faults it found, none if all is well.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from infra.check.charts import NO_UPSTREAM, STUBBED, Chart

# A chart that renders less than this installs nothing (infra.md §6.1).
FEWEST_LINES = 5


def vendored(folder: Path) -> list[str]:
    """Guard 1: every declared dependency lies in `charts/`, as a folder or an archive."""
    chart = Chart(folder)
    if not chart.dependencies:
        if chart.annotations.get(NO_UPSTREAM) == "true":
            return []
        return [f"no dependency and no annotation {NO_UPSTREAM}: a hollow chart"]
    return [
        f"charts/ has no {each.name} {each.version}"
        for each in chart.dependencies
        if not (folder / "charts" / each.name / "Chart.yaml").is_file()
        and not (folder / "charts" / f"{each.name}-{each.version}.tgz").is_file()
    ]


def packaged(archive: Path, chart: Chart) -> list[str]:
    """Guard 2: the archive holds the dependencies, the Blueprint, and nothing made up."""
    names = listing(archive)
    faults = []
    for each in chart.dependencies:
        inside = f"{chart.name}/charts/{each.name}"
        if f"{inside}/Chart.yaml" not in names and f"{inside}-{each.version}.tgz" not in names:
            faults.append(f"{archive.name} lacks {each.name} {each.version}")
    wanted = ("Chart.yaml", "values.yaml", "values.schema.json", "blueprint.yaml")
    faults += [
        f"{archive.name} lacks {name}" for name in wanted if f"{chart.name}/{name}" not in names
    ]
    if (meta := described(archive, chart.name)) != (chart.name, chart.version):
        faults.append(f"{archive.name} is {' '.join(meta)}, not {chart.name} {chart.version}")
    faults += [f"{archive.name} holds {path}, a stand-in of ours" for path in stand_ins(archive)]
    return faults


def pulled(pushed: Path, back: Path) -> list[str]:
    """Guard 3: what the registry gives back is what was pushed, byte for byte."""
    if digest(pushed) == digest(back):
        return []
    missing = sorted(set(listing(pushed)) - set(listing(back)))
    return [f"the registry gave back another {pushed.name}; missing in it: {missing or 'nothing'}"]


def smoke(rendered: str) -> list[str]:
    """The defaults render something."""
    lines = [line for line in rendered.splitlines() if line.strip()]
    if len(lines) < FEWEST_LINES:
        return [f"the defaults render {len(lines)} lines, which installs nothing"]
    return []


def listing(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return sorted(member.name for member in tar.getmembers() if member.isfile())


def described(archive: Path, name: str) -> tuple[str, str]:
    """Name and version by the archive's own Chart.yaml; empty ones when it has none."""
    with tarfile.open(archive) as tar:
        try:
            file = tar.extractfile(f"{name}/Chart.yaml")
        except KeyError:
            return "", ""
        meta = yaml.safe_load(file.read()) if file else {}
    return str(meta.get("name", "")), str(meta.get("version", ""))


def stand_ins(archive: Path) -> Iterator[str]:
    """Charts inside that only stand for upstream's while there is no network."""
    with tarfile.open(archive) as tar:
        yield from _stand_ins(tar, "")


def _stand_ins(tar: tarfile.TarFile, before: str) -> Iterator[str]:
    for member in tar.getmembers():
        file = tar.extractfile(member) if member.isfile() else None
        if file is None:
            continue
        if member.name.endswith("/Chart.yaml"):
            meta = yaml.safe_load(file.read()) or {}
            if STUBBED in (meta.get("annotations") or {}):
                yield before + member.name
        elif member.name.endswith(".tgz"):
            with tarfile.open(fileobj=io.BytesIO(file.read())) as inner:
                yield from _stand_ins(inner, f"{before}{member.name}: ")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
