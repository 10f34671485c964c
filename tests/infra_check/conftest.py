"""All charts, assembled and rendered once in a session whatever number of tests look at them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from infra.check import charts, render, schemas, stubs
from infra.check.render import Rendered
from infra.check.schemas import Judge

DEFAULTS = "defaults"


class Kit:
    """The charts under `infra/charts`, by folder; `components`: those of a Sovereign's kit."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self.charts = {chart.folder: chart for chart in charts.every()}
        self.by_name = {chart.name: chart for chart in self.charts.values()}
        self.components = [chart for chart in self.charts.values() if not chart.application]
        self._assembled: dict[str, Path] = {}
        self._rendered: dict[tuple[str, str], Rendered] = {}

    def assembled(self, folder: str) -> Path:
        """The chart with what stands for its dependencies."""
        if folder not in self._assembled:
            self._assembled[folder] = stubs.assemble(self.charts[folder], self._work)
        return self._assembled[folder]

    def rendered(self, folder: str, values: str = DEFAULTS) -> Rendered:
        """By its defaults, or by `ci/<values>-values.yaml` over them."""
        key = (folder, values)
        if key not in self._rendered:
            self._rendered[key] = self.template(folder, values)
        return self._rendered[key]

    def template(
        self,
        folder: str,
        values: str = DEFAULTS,
        settings: dict[str, Any] | None = None,
        **how: Any,
    ) -> Rendered:
        """The same, not kept, with values over all others."""
        files: Sequence[Path] = ()
        if values != DEFAULTS:
            files = [self.charts[folder].path / "ci" / f"{values}-values.yaml"]
        return render.template(self.assembled(folder), files, settings=settings, **how)

    def value_sets(self, folder: str) -> list[str]:
        files = self.charts[folder].value_sets()
        return [DEFAULTS, *(path.name.removesuffix("-values.yaml") for path in files)]

    @cached_property
    def judge(self) -> Judge:
        """Knows every custom kind of the tree, in plain files and in what the charts render."""
        rendered = [doc for folder in self.charts for doc in self.rendered(folder).documents]
        infra = charts.ROOT.parent
        return Judge(schemas.definitions([*schemas.in_tree(infra), *rendered]))


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(tmp_path_factory.mktemp("charts"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that look at the kit go to one process of pytest-xdist: it is rendered there once."""
    for item in items:
        if "kit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("charts"))
