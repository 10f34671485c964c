"""What holds for each chart of the kit, whoever adds one: it needs no test of its own for this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.check import blueprints, charts, files, policies, render, values
from infra.check.charts import Chart
from tests.infra_check.conftest import Kit

MONITORING = "monitoring.coreos.com"
BY_SCHEMA = "don't meet the specifications of the schema"
EVERY = charts.every()
pytestmark = pytest.mark.parametrize("chart", EVERY, ids=[each.folder for each in EVERY])


def test_given_a_chart_when_its_blueprint_is_read_then_it_keeps_to_the_schema(chart: Chart) -> None:
    assert blueprints.schema_faults(chart.blueprint) == []


def test_given_a_chart_when_compared_with_its_blueprint_then_fault_13_and_fault_14_are_not_there(
    chart: Chart, kit: Kit
) -> None:
    assert list(blueprints.chart_faults(chart)) == []
    assert list(blueprints.dependency_faults(chart, kit.by_name)) == []


def test_given_a_chart_when_helm_lints_it_then_there_is_no_word_of_warning(
    chart: Chart, kit: Kit
) -> None:
    render.lint(kit.assembled(chart.folder))


def test_given_each_set_of_values_when_rendered_then_every_object_keeps_to_its_kind(
    chart: Chart, kit: Kit
) -> None:
    for name in kit.value_sets(chart.folder):
        for document in kit.rendered(chart.folder, name).own():
            assert kit.judge.faults(document) == [], f"{name}: {document.source}"


def test_given_each_set_of_values_when_rendered_then_every_object_keeps_to_our_policies(
    chart: Chart, kit: Kit
) -> None:
    for name in kit.value_sets(chart.folder):
        documents = kit.rendered(chart.folder, name).documents
        assert policies.faults(documents) == [], name
        assert policies.network_policies(documents) == [], name


def test_given_each_set_of_values_when_rendered_then_no_object_is_there_twice(
    chart: Chart, kit: Kit
) -> None:
    for name in kit.value_sets(chart.folder):
        documents = kit.rendered(chart.folder, name).documents
        places = Counter((d.group, d.kind, d.namespace, d.name) for d in documents)
        assert [place for place, count in places.items() if count > 1] == [], name


def test_given_each_set_of_values_when_rendered_then_every_script_parses(
    chart: Chart, kit: Kit
) -> None:
    for name in kit.value_sets(chart.folder):
        for where, text in files.scripts(kit.rendered(chart.folder, name).documents):
            assert files.script_fault(text) == "", f"{name}: {where}"


def test_given_the_defaults_when_rendered_then_no_monitoring_kind_is_asked_for(
    chart: Chart, kit: Kit
) -> None:
    groups = {document.group for document in kit.rendered(chart.folder).own()}
    assert MONITORING not in groups


def test_given_each_switch_when_turned_then_the_chart_renders_or_its_schema_says_why(
    chart: Chart, kit: Kit
) -> None:
    failed = {}
    for path, value in switches(chart):
        try:
            kit.template(chart.folder, settings=nested(path, not value))
        except render.HelmRefused as refused:
            failed[".".join(path)] = str(refused)
    unexplained = {path: why for path, why in failed.items() if BY_SCHEMA not in why}
    assert unexplained == {}


def test_given_each_size_when_rendered_then_the_chart_takes_its_values(
    chart: Chart, kit: Kit
) -> None:
    for size, settings in chart.blueprint["spec"]["manifests"].get("overlays", {}).items():
        documents = kit.template(chart.folder, settings=settings).documents
        assert policies.faults(documents) == [], size
        assert list(values.unknown(chart, settings)) == [], size


def test_given_the_templates_when_read_then_fault_6_nothing_hangs_on_the_moment_of_rendering(
    chart: Chart,
) -> None:
    """What a cluster does not know yet when helm looks would be left out, and never looked for."""
    for template in chart.templates():
        assert ".Capabilities.APIVersions" not in template.read_text(), template.name


def test_given_a_key_nobody_knows_when_rendered_then_the_schema_refuses_it(
    chart: Chart, kit: Kit
) -> None:
    with pytest.raises(render.HelmRefused, match="not allowed"):
        kit.template(chart.folder, settings={"nobodyKnowsThis": True})


def test_given_the_defaults_when_followed_then_fault_10_is_not_there(
    chart: Chart, kit: Kit
) -> None:
    assert list(values.dead(chart)) == []
    reached = kit.rendered(chart.folder).reached
    for dependency in chart.dependencies:
        given = chart.values.get(dependency.key) or {}
        assert list(values.unreached(given, reached[dependency.key])) == [], dependency.key


def switches(chart: Chart) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Our own values that are true or false; a subchart's are its own business."""
    subcharts = {dependency.key for dependency in chart.dependencies}
    for path in values.paths(chart.values):
        value = at(chart.values, path)
        if isinstance(value, bool) and path[0] not in subcharts:
            yield path, value


def at(mapping: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        mapping = mapping[key]
    return mapping


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    result: dict[str, Any] = value
    return result
