"""Charts put together without the network: copies whose `charts/` hold stubs of upstream's.

A stub from `_upstream/` is taken when there is one, else an empty chart is made. Into each goes a
ConfigMap that shows every value which reached it, so that one that goes nowhere is seen.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from infra.check import charts
from infra.check.charts import Chart, Dependency

MARKER = "infra-check-values-"
_MARKER_TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  values.yaml: |
{{{{ toYaml (omit .Values "global") | indent 4 }}}}
"""


class WrongStub(Exception):
    """A stub does not stand for the version of upstream's chart that ours asks for."""


def assemble(
    chart: Chart, target: Path, *, stubs: Path = charts.STUBS, show_values: bool = True
) -> Path:
    """Copy the chart to `target/<folder>` with its dependencies inside. Raises `WrongStub`.

    `show_values`: add the ConfigMap; not for a chart that is to be installed anywhere.
    """
    copy = target / chart.folder
    shutil.copytree(chart.path, copy)
    for dependency in chart.dependencies:
        folder = copy / "charts" / dependency.name
        _vendor(dependency, folder, stubs)
        if show_values:
            template = _MARKER_TEMPLATE.format(name=MARKER + dependency.key)
            (folder / "templates" / "infra-check-values.yaml").write_text(template)
    return copy


def _vendor(dependency: Dependency, target: Path, stubs: Path) -> None:
    made = charts.stub(dependency, stubs)
    if made is None:
        (target / "templates").mkdir(parents=True)
        meta = {"apiVersion": "v2", "name": dependency.name, "version": dependency.version}
        (target / "Chart.yaml").write_text(yaml.safe_dump(meta))
    else:
        if (made.name, made.version) != (dependency.name, dependency.version):
            raise WrongStub(
                f"_upstream/{dependency.name} is {made.name} {made.version}, "
                f"asked for is {dependency.name} {dependency.version}"
            )
        shutil.copytree(made.path, target)
        (target / "templates").mkdir(exist_ok=True)
