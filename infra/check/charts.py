"""The chart folders under `infra/charts`, read as they are: no rendering, no judging."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1] / "charts"
STUBS = ROOT / "_upstream"
SCHEMA = ROOT / "blueprint.schema.json"
NO_UPSTREAM = "catalyst.openova.io/no-upstream"
STUBBED = "catalyst.openova.io/upstream-stubbed"

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of `dependencies:` in Chart.yaml. `key` is where its values stand in ours."""

    name: str
    version: str
    repository: str
    key: str


@dataclass(frozen=True)
class Chart:
    """A folder `infra/charts/<folder>`; `name` of its Chart.yaml is `bp-<folder>`."""

    path: Path

    @property
    def folder(self) -> str:
        return self.path.name

    @property
    def name(self) -> str:
        return str(self.meta["name"])

    @property
    def version(self) -> str:
        return str(self.meta["version"])

    @cached_property
    def meta(self) -> Values:
        """Chart.yaml."""
        return read(self.path / "Chart.yaml")

    @cached_property
    def values(self) -> Values:
        """values.yaml, the defaults."""
        return read(self.path / "values.yaml")

    @cached_property
    def blueprint(self) -> Values:
        return read(self.path / "blueprint.yaml")

    @property
    def annotations(self) -> dict[str, str]:
        return self.meta.get("annotations") or {}

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        return tuple(
            Dependency(
                name=each["name"],
                version=str(each["version"]),
                repository=each.get("repository", ""),
                key=each.get("alias") or each["name"],
            )
            for each in self.meta.get("dependencies") or []
        )

    @property
    def application(self) -> bool:
        """An App that is sold, and no part of the kit."""
        return bool(self.blueprint["spec"].get("kind") == "application")

    def templates(self) -> list[Path]:
        return sorted(path for path in (self.path / "templates").rglob("*") if path.is_file())

    def value_sets(self) -> list[Path]:
        """Values other than the defaults that must render too: `ci/<name>-values.yaml`, the place
        where helm's chart-testing looks for them."""
        return sorted((self.path / "ci").glob("*-values.yaml"))


def read(path: Path) -> Values:
    """One YAML document that is a mapping; an empty file is an empty one."""
    content = yaml.safe_load(path.read_text()) or {}
    if not isinstance(content, dict):
        raise TypeError(f"{path.name} is not a mapping")
    return content


def every(root: Path = ROOT) -> list[Chart]:
    """All charts of ours, by name; what starts with `_` is not one."""
    files = root.glob("[!_]*/Chart.yaml")
    return [Chart(path.parent) for path in sorted(files)]


def components(root: Path = ROOT) -> list[Chart]:
    """Those of the kit."""
    return [chart for chart in every(root) if not chart.application]


def applications(root: Path = ROOT) -> list[Chart]:
    """Those of Apps."""
    return [chart for chart in every(root) if chart.application]


def stub(dependency: Dependency, root: Path = STUBS) -> Chart | None:
    """What stands for an upstream chart here, if somebody made it."""
    path = root / dependency.name
    return Chart(path) if (path / "Chart.yaml").exists() else None
