"""What must hold between a Blueprint, its chart and the other Blueprints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from semantic_version import NpmSpec, Version

from infra.check import charts
from infra.check.charts import Chart

# Charts that hold nothing of the product's; a dependency on one only pleases a check (fault 13).
DUMMIES = frozenset({"common", "sigstore-common", "bitnami-common", "library"})
UPSTREAM = "catalystBlueprint"


@cache
def validator() -> Validator:
    schema = json.loads(charts.SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def schema_faults(blueprint: Mapping[str, Any]) -> list[str]:
    """By `blueprint.schema.json`, and by JSON Schema what is said about its settings."""
    faults = [
        f"{'.'.join(map(str, error.absolute_path)) or 'blueprint'}: {error.message}"
        for error in validator().iter_errors(blueprint)
    ]
    return faults or list(_inner_faults(blueprint["spec"]))


def _inner_faults(spec: Mapping[str, Any]) -> Iterator[str]:
    config = spec.get("configSchema")
    if config is not None:
        try:
            Draft202012Validator.check_schema(config)
        except SchemaError as wrong:
            yield f"configSchema is no JSON Schema: {wrong.message}"
            return
        defaults = _defaults(config)
        wanted = [name for name in config.get("required", []) if name not in defaults]
        judged = Draft202012Validator({**config, "required": []} if wanted else config)
        for error in judged.iter_errors(defaults):
            yield f"configSchema refuses its own default: {error.message}"
    placement = spec.get("placementSchema")
    if placement and placement.get("default", placement["modes"][0]) not in placement["modes"]:
        yield "placementSchema.default is none of its modes"
    if placement and placement.get("minRegions", 1) > placement.get("maxRegions", 99):
        yield "placementSchema: more regions at least than at most"


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    found = {name: each["default"] for name, each in properties.items() if "default" in each}
    nested = {
        name: inner
        for name, each in properties.items()
        if name not in found and (inner := _defaults(each))
    }
    return found | nested


def chart_faults(chart: Chart) -> Iterator[str]:
    """Name and version in lock-step, the icon there, an upstream or the word that there is none."""
    spec = chart.blueprint["spec"]
    if chart.name != f"bp-{chart.folder}":
        yield f"Chart.yaml is named {chart.name}"
    if chart.blueprint["metadata"]["name"] != chart.name:
        yield "blueprint.yaml and Chart.yaml differ in name"
    if spec["version"] != chart.version:
        yield f"blueprint.yaml says {spec['version']}, Chart.yaml {chart.version}"
    if not (chart.path / spec["card"]["icon"]).is_file():
        yield f"no icon {spec['card']['icon']}"
    for name in ("README.md", "values.schema.json"):
        if not (chart.path / name).is_file():
            yield f"no {name}"
    yield from upstream_faults(chart)


def upstream_faults(chart: Chart) -> Iterator[str]:
    """The umbrella rule: a real upstream, pinned and named in the values, or the word for none."""
    if not chart.dependencies and chart.annotations.get(charts.NO_UPSTREAM) != "true":
        yield f"neither a dependency nor the annotation {charts.NO_UPSTREAM}"
    if chart.dependencies and charts.NO_UPSTREAM in chart.annotations:
        yield f"a dependency in spite of the annotation {charts.NO_UPSTREAM}"
    named = {
        (each.get("chart"), str(each.get("version")))
        for each in _upstreams(chart.values.get(UPSTREAM) or {})
    }
    for dependency in chart.dependencies:
        if dependency.name in DUMMIES:
            yield f"depends on {dependency.name}, which installs nothing"
        if not _is_exact(dependency.version):
            yield f"{dependency.name} {dependency.version} is not one exact version"
        if not dependency.repository.startswith(("https://", "oci://")):
            yield f"{dependency.name} has no repository"
        if (dependency.name, dependency.version) not in named:
            yield f"values.yaml {UPSTREAM} does not name {dependency.name} {dependency.version}"
        if dependency.key not in chart.values:
            yield f"values.yaml says nothing under {dependency.key}"


def _upstreams(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`upstream:` is one mapping, or a list where a chart has several."""
    upstream = block.get("upstream") or []
    return [upstream] if isinstance(upstream, Mapping) else list(upstream)


def _is_exact(version: str) -> bool:
    try:
        Version(version.removeprefix("v"))
    except ValueError:
        return False
    return True


def dependency_faults(chart: Chart, others: Mapping[str, Chart]) -> Iterator[str]:
    """Each Blueprint it depends on is there in a version that will do. `others` by name."""
    for each in chart.blueprint["spec"].get("depends", []):
        name, wanted = each["blueprint"], each["version"]
        if name not in others:
            yield f"depends on {name}, which there is not"
            continue
        try:
            spec = NpmSpec(wanted)
        except ValueError:
            yield f"{wanted} is no range of versions"
            continue
        if Version(others[name].version) not in spec:
            yield f"depends on {name} {wanted}, there is {others[name].version}"
