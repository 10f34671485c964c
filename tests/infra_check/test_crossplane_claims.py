"""Claims against the XRDs, and the XRDs against what Crossplane and Kubernetes ask of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.check import charts, crossplane
from infra.check.crossplane import CHART, Body, Family

FAMILY = Family()
KINDS = sorted(FAMILY.xrds)
GOOD = sorted((CHART / "fixtures/good").glob("*.yaml"))
BAD = sorted((CHART / "fixtures/bad").glob("*.yaml"))


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", GOOD, ids=stem)
def test_given_a_good_claim_when_it_is_judged_then_nothing_is_said(path: Path) -> None:
    assert FAMILY.claim_faults(charts.read(path)) == []


@pytest.mark.parametrize("path", BAD, ids=stem)
def test_given_a_bad_claim_when_it_is_judged_then_its_fault_is_named(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    expected = first.removeprefix("# expects: ").strip()
    faults = FAMILY.claim_faults(charts.read(path))
    assert [fault for fault in faults if expected in fault]


def test_given_the_fixtures_when_counted_then_each_kind_has_one_good_and_two_bad() -> None:
    def of(paths: list[Path], kind: str) -> int:
        return sum(f"X{charts.read(path)['kind']}" == kind for path in paths)

    assert {kind for kind in KINDS if of(GOOD, kind) < 1 or of(BAD, kind) < 2} == set()
    assert len(KINDS) == 7


@pytest.mark.parametrize("kind", KINDS)
def test_given_an_xrd_when_read_then_its_names_are_what_crossplane_derives(kind: str) -> None:
    xrd = FAMILY.xrds[kind]
    spec = xrd["spec"]
    assert xrd["apiVersion"] == "apiextensions.crossplane.io/v1"
    assert spec["group"] == crossplane.GROUP
    assert xrd["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
    assert kind == f"X{spec['claimNames']['kind']}"
    (version,) = spec["versions"]
    assert version["served"] and version["referenceable"]


@pytest.mark.parametrize("kind", KINDS)
def test_given_an_xrd_when_read_then_its_schema_is_structural(kind: str) -> None:
    # https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    # #specifying-a-structural-schema: a type for each field, no unknown fields forbidden, and Go's
    # regular expressions, which look neither ahead nor back.
    schema = FAMILY.xrds[kind]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert list(loose_ends(schema, kind)) == []


def loose_ends(schema: Body, path: str) -> list[str]:
    found = [] if "type" in schema else [f"{path} has no type"]
    if "additionalProperties" in schema:
        found.append(f"{path} forbids or opens fields")
    if re.search(r"\(\?[=!<]", schema.get("pattern", "")):
        found.append(f"{path} looks around")
    for name, inner in schema.get("properties", {}).items():
        found += loose_ends(inner, f"{path}.{name}")
    if "items" in schema:
        found += loose_ends(schema["items"], f"{path}[]")
    missing = set(schema.get("required", [])) - set(schema.get("properties", {}))
    return found + [f"{path} requires {name}, which it has not" for name in sorted(missing)]


@pytest.mark.parametrize("kind", KINDS)
def test_given_an_xrd_when_its_defaults_are_judged_then_it_takes_them_itself(kind: str) -> None:
    schema = crossplane.parameter_schema(FAMILY.xrds[kind])
    made: Body = {}
    crossplane.fill(schema, made)
    wrong = crossplane.errors({**schema, "required": []}, made)
    # `oneOf` of a node action asks for an action, which has no default.
    assert [fault for fault in wrong if "under any of" not in fault] == []


def test_given_a_claim_without_namespace_of_its_region_when_composed_then_it_has_the_default() -> (
    None
):
    claim = charts.read(CHART / "fixtures/good/cluster.yaml")
    made = FAMILY.composite(claim)
    assert made["spec"]["parameters"]["regionRef"]["namespace"] == "catalyst-system"
    assert "namespace" not in claim["spec"]["parameters"]["regionRef"]
