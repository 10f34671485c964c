"""Which charts are due for a release: by their tags, so that no push of several commits hides one.

A release leaves the tag `<chart>/<version>`. A version without its tag is due. A chart that differs
from the tag of its own version is a fault: a published version never changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from infra.check.charts import Chart
from infra.release import programs


@dataclass(frozen=True)
class Due:
    """Folder names of what is to be published, and what must be put right first."""

    folders: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def tag(chart: Chart) -> str:
    return f"{chart.name}/{chart.version}"


def find(charts: Iterable[Chart], repository: Path) -> Due:
    """Raises `ReleaseRefused` when git does not answer."""
    tags = set(programs.run("git", "tag", "--list", "bp-*", folder=repository).split())
    due = Due()
    for chart in charts:
        if tag(chart) not in tags:
            due.folders.append(chart.folder)
        elif changed := _changed(chart, repository):
            due.faults.append(
                f"{chart.name} {chart.version} is published, but {changed[0]} is another now: "
                "give it a new version"
            )
    return due


def _changed(chart: Chart, repository: Path) -> list[str]:
    path = chart.path.relative_to(repository)
    return programs.run(
        *("git", "diff", "--name-only", f"refs/tags/{tag(chart)}", "--", str(path)),
        folder=repository,
    ).splitlines()
