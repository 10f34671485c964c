"""k3s's HelmChart: installed by the real helm once per content, and never taken back to."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import Cluster, Space

pytestmark = pytest.mark.xdist_group("cluster")

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {colour: {{ required "a colour is needed" .Values.colour | quote }}}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "painted"
    (folder / "templates").mkdir(parents=True)
    meta = {"apiVersion": "v2", "name": "painted", "version": "1.0.0"}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(meta))
    (folder / "templates/all.yaml").write_text(TEMPLATE)
    return folder


def helm_chart(space: Space, name: str, chart: Path, **values: str) -> dict[str, Any]:
    return {
        "apiVersion": "helm.cattle.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": name},
        "spec": {
            "chart": str(chart),
            "version": "1.0.0",
            "targetNamespace": space.name,
            "valuesContent": yaml.safe_dump(values),
        },
    }


def colour(space: Space, name: str) -> str:
    """Empty while it is not there."""
    asked = ("get", "configmap", name, "--ignore-not-found", "-o", "jsonpath={.data.colour}")
    return space.kubectl(*asked)


def releases(space: Space, name: str) -> list[str]:
    return space.kubectl("get", "secrets", "-l", f"owner=helm,name={name}", "-o", "name").split()


def kind_is_served(cluster: Cluster) -> None:
    cluster.kubectl("wait", "--for=create", "crd/helmcharts.helm.cattle.io", "--timeout=40s")
    served = ("wait", "--for=condition=Established", "crd/helmcharts.helm.cattle.io")
    cluster.kubectl(*served, "--timeout=40s")


def test_given_a_chart_then_it_is_installed_and_not_again_when_somebody_else_has_taken_it_over(
    space: Space, chart: Path
) -> None:
    kind_is_served(space.cluster)
    space.apply(helm_chart(space, "first", chart, colour="red"))
    until(lambda: colour(space, "first") == "red", seconds=40)
    # Flux keeps the release from here on, and brings another value.
    patch = json.dumps({"data": {"colour": "blue"}})
    space.kubectl("patch", "configmap", "first", "--type=merge", "-p", patch)
    space.cluster.members()["cluster"].send_signal(signal.SIGKILL)
    # Looked at in the same round, after the first one.
    space.apply(helm_chart(space, "second", chart, colour="green"))
    until(lambda: colour(space, "second") == "green", seconds=40)
    assert colour(space, "first") == "blue"
    assert len(releases(space, "first")) == len(releases(space, "second")) == 1

    space.apply(helm_chart(space, "first", chart, colour="yellow"))
    until(lambda: colour(space, "first") == "yellow", seconds=40)


def test_given_a_chart_that_fails_then_its_words_are_in_the_status_and_it_is_tried_again(
    space: Space, chart: Path
) -> None:
    kind_is_served(space.cluster)
    space.apply(helm_chart(space, "painted", chart))

    def said() -> str:
        asked = ("get", "helmchart", "painted", "-o", "jsonpath={.status.conditions[0]}")
        return space.kubectl(*asked)

    until(lambda: "a colour is needed" in said(), seconds=40)
    (chart / "values.yaml").write_text("colour: red\n")
    until(lambda: colour(space, "painted") == "red", seconds=40)
    until(lambda: '"status":"False"' in said(), seconds=20)
