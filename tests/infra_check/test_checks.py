"""The checks of Blueprints, values and stubs see what they are for."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.check import blueprints, charts, render, stubs, values
from infra.check.charts import Chart
from tests.infra_check.conftest import Kit

GATEWAY = Chart(charts.ROOT / "gateway")
Change = Callable[[dict[str, Any]], Any]


def changed(tmp_path: Path, name: str, change: Change, chart: Chart = GATEWAY) -> Chart:
    """A copy of the chart with one of its YAML files changed."""
    target = tmp_path / chart.folder
    shutil.copytree(chart.path, target)
    content = charts.read(target / name)
    change(content)
    (target / name).write_text(yaml.safe_dump(content))
    return Chart(target)


def settings_of(spec: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = spec["configSchema"]["properties"]
    return found


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda s: s.update(depends=["cilium"]), "object"),
        (lambda s: s.update(depends=[{"blueprint": "bp-cilium"}]), "version"),
        (lambda s: s.pop("visibility"), "visibility"),
        (lambda s: s["card"].update(summary=""), "summary"),
        (lambda s: s.update(version="^1.0"), "version"),
        (lambda s: s.update(extra=1), "extra"),
        (lambda s: s["placementSchema"].update(default="active-active"), "none of its modes"),
        (lambda s: settings_of(s).update(a={"type": "integer", "default": "x"}), "its own default"),
        (lambda s: settings_of(s).update(a={"type": "color"}), "color"),
        (lambda s: settings_of(s).update(a={"x-catalyst-ui-hint": "magic"}), "magic"),
    ],
)
def test_given_a_blueprint_with_one_fault_when_read_then_fault_14_is_named(
    change: Change, word: str
) -> None:
    blueprint = copy.deepcopy(GATEWAY.blueprint)
    change(blueprint["spec"])
    assert word in " ".join(blueprints.schema_faults(blueprint))


@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("Chart.yaml", lambda c: c.update(version="1.0.1"), "Chart.yaml 1.0.1"),
        ("Chart.yaml", lambda c: c.update(name="bp-other"), "differ in name"),
        ("blueprint.yaml", lambda c: c["spec"]["card"].update(icon="no.svg"), "no icon"),
    ],
)
def test_given_chart_and_blueprint_apart_when_compared_then_fault_14_is_named(
    tmp_path: Path, name: str, change: Change, word: str
) -> None:
    assert word in " ".join(blueprints.chart_faults(changed(tmp_path, name, change)))


@pytest.mark.parametrize(
    ("dependency", "word"),
    [
        ({"name": "common", "version": "1.0.0", "repository": "https://x"}, "installs nothing"),
        ({"name": "a", "version": "^1.0", "repository": "https://x"}, "not one exact version"),
        ({"name": "a", "version": "1.0.0"}, "no repository"),
        ({"name": "a", "version": "1.0.0", "repository": "https://x"}, "does not name a 1.0.0"),
        (None, "neither a dependency"),
    ],
)
def test_given_a_hollow_chart_when_read_then_fault_13_is_named(
    tmp_path: Path, dependency: dict[str, str] | None, word: str
) -> None:
    def change(content: dict[str, Any]) -> None:
        content["annotations"] = {}
        content["dependencies"] = [dependency] if dependency else []

    faults = blueprints.upstream_faults(changed(tmp_path, "Chart.yaml", change))
    assert word in " ".join(faults)


@pytest.mark.parametrize(
    ("depends", "word"),
    [
        ({"blueprint": "bp-nothing", "version": "^1.0"}, "which there is not"),
        ({"blueprint": "bp-gateway", "version": "^2.0"}, "there is 1.0.0"),
        ({"blueprint": "bp-gateway", "version": "sometimes"}, "no range"),
    ],
)
def test_given_a_dependency_that_is_not_there_when_followed_then_it_is_named(
    tmp_path: Path, depends: dict[str, str], word: str
) -> None:
    chart = changed(tmp_path, "blueprint.yaml", lambda c: c["spec"].update(depends=[depends]))
    assert word in " ".join(blueprints.dependency_faults(chart, {"bp-gateway": GATEWAY}))


def test_given_a_value_no_template_reads_when_followed_then_fault_10_is_seen(
    tmp_path: Path,
) -> None:
    chart = changed(tmp_path, "values.yaml", lambda c: c.update(ingress={"hosts": ["a"]}))
    assert list(values.dead(chart)) == ["ingress.hosts"]


def test_given_a_release_that_sets_an_unknown_value_when_followed_then_fault_10_is_seen() -> None:
    given = {"ports": {"http": 1, "ssh": 2}, "exposure": {"selector": {"any": "x"}}, "hosts": []}
    assert list(values.unknown(GATEWAY, given)) == ["ports.ssh", "exposure.selector.any", "hosts"]


def test_given_values_of_a_subchart_when_rendered_then_what_reached_it_is_seen(
    tmp_path: Path,
) -> None:
    chart = tmp_path / "umbrella"
    (chart / "templates").mkdir(parents=True)
    dependencies = [{"name": "inner", "version": "1.2.3", "repository": "https://x"}]
    meta = {"apiVersion": "v2", "name": "bp-umbrella", "version": "1.0.0"}
    (chart / "Chart.yaml").write_text(yaml.safe_dump({**meta, "dependencies": dependencies}))
    (chart / "values.yaml").write_text("inner: {a: 1, b: {c: 2}}\nother: 3\n")
    assembled = stubs.assemble(Chart(chart), tmp_path / "work")
    reached = render.template(assembled).reached["inner"]
    assert list(values.unreached({"a": 1, "b": {"c": 2}}, reached)) == []
    assert list(values.unreached({"a": 2, "b": {"d": 2}}, reached)) == ["a", "b.d"]


def test_given_a_stub_of_another_version_when_assembled_then_it_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "stubs" / "inner"
    made.mkdir(parents=True)
    (made / "Chart.yaml").write_text("apiVersion: v2\nname: inner\nversion: 1.2.4\n")

    def change(content: dict[str, Any]) -> None:
        content["dependencies"] = [{"name": "inner", "version": "1.2.3"}]

    chart = changed(tmp_path, "Chart.yaml", change)
    with pytest.raises(stubs.WrongStub, match=r"1\.2\.4.*1\.2\.3"):
        stubs.assemble(chart, tmp_path / "work", stubs=tmp_path / "stubs")


def test_given_a_chart_that_is_to_be_installed_when_assembled_then_no_values_are_shown(
    kit: Kit, tmp_path: Path
) -> None:
    assembled = stubs.assemble(kit.charts["cilium"], tmp_path, show_values=False)
    assert render.template(assembled).reached == {}
    assert kit.rendered("cilium").reached


def test_given_every_stub_when_read_then_it_says_what_it_is_and_a_chart_asks_for_it(
    kit: Kit,
) -> None:
    asked = {each.name for chart in kit.charts.values() for each in chart.dependencies}
    made = charts.every(charts.STUBS)
    assert made
    for stub in made:
        assert stub.annotations.get(charts.STUBBED) == "offline", stub.folder
        assert stub.folder in asked, f"_upstream/{stub.folder} stands for nothing"
