"""The Compositions as a whole: what they read is there, what they make is taken."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from infra.check import charts, compose, crossplane
from infra.check.compose import Case, Composed
from infra.check.crossplane import Body
from tests.infra_check.crossplane_cases import CASES, FAMILY, changed, observed_for

KINDS = sorted(FAMILY.xrds)
FUNCTIONS = {crossplane.GO_TEMPLATES, crossplane.PATCHES, "function-auto-ready"}
TREE = charts.ROOT.parent / "clusters" / "_template"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Composed]:
    return compose.compose(FAMILY, CASES, tmp_path_factory.mktemp("compositions") / "chart")


@pytest.mark.parametrize("name", CASES)
def test_given_a_claim_when_composed_then_the_schemas_take_all_that_is_made(
    made: dict[str, Composed], name: str
) -> None:
    kind = FAMILY.composite_kind(CASES[name].claim["kind"])
    for resource in made[name].resources.values():
        assert FAMILY.faults(resource) == []
    xr = {"apiVersion": f"{crossplane.GROUP}/v1alpha1", "kind": kind, "status": made[name].status}
    # The rest of a composite is the claim's, judged elsewhere.
    assert [fault for fault in FAMILY.faults(xr) if "'spec' is a required" not in fault] == []


@pytest.mark.parametrize("kind", KINDS)
def test_fault_17_given_a_composition_when_read_then_every_path_is_in_the_schemas(
    kind: str,
) -> None:
    xrd, composition = FAMILY.xrds[kind], FAMILY.compositions[kind]
    assert crossplane.misread(xrd, composition) == []
    assert list(wrong_paths(composition)) == []


def wrong_paths(composition: Body) -> list[str]:
    ref = composition["spec"]["compositeTypeRef"]
    ours = FAMILY.schema(ref["apiVersion"], ref["kind"])
    found = []
    for step in crossplane.steps(composition, crossplane.PATCHES):
        for resource in step["resources"]:
            base = resource["base"]
            theirs = FAMILY.schema(base["apiVersion"], base["kind"])
            for patch in resource["patches"]:
                back = patch.get("type") == "ToCompositeFieldPath"
                source, target = (theirs, ours) if back else (ours, theirs)
                if not crossplane.has_path(source, patch["fromFieldPath"]):
                    found.append(f"{resource['name']}: from {patch['fromFieldPath']}")
                if not crossplane.has_path(target, patch["toFieldPath"]):
                    found.append(f"{resource['name']}: to {patch['toFieldPath']}")
    return found


def test_fault_17_given_a_path_of_another_spelling_when_judged_then_it_is_found() -> None:
    schema = FAMILY.schema("network.hcloud.crossplane.io/v1alpha1", "Subnet")
    assert crossplane.has_path(schema, "spec.forProvider.networkId")
    assert not crossplane.has_path(schema, "spec.forProvider.networkID")


@pytest.mark.parametrize("kind", KINDS)
def test_fault_18_given_an_xrd_when_its_composition_is_read_then_no_parameter_is_ignored(
    kind: str,
) -> None:
    assert crossplane.unread(FAMILY.xrds[kind], FAMILY.compositions[kind]) == []


def test_fault_18_given_all_that_is_made_when_read_then_nothing_is_left_to_fill_in(
    made: dict[str, Composed],
) -> None:
    text = json.dumps({name: dict(each.resources) for name, each in made.items()})
    # The chart fills in these (templates/definitions.yaml).
    text = re.sub(r"@(NODE_ACTION_(IMAGE|NAMESPACE)|POOL_DOMAIN_MANAGER_URL)@", "", text)
    assert re.findall(r"[A-Z_]+PLACEHOLDER|@[A-Z_]+@|\$\{|no value", text) == []


@pytest.mark.parametrize("kind", KINDS)
def test_given_a_composition_when_read_then_it_is_a_pipeline_of_installed_functions(
    kind: str,
) -> None:
    spec = FAMILY.compositions[kind]["spec"]
    assert spec["mode"] == "Pipeline" and "resources" not in spec
    used = {step["functionRef"]["name"] for step in spec["pipeline"]}
    assert used <= FUNCTIONS
    assert spec["pipeline"][-1]["functionRef"]["name"] == "function-auto-ready"


def test_fault_3_given_what_is_composed_when_read_then_its_provider_config_is_in_the_tree(
    made: dict[str, Composed],
) -> None:
    used = {
        body["spec"]["providerConfigRef"]["name"]
        for composed in made.values()
        for body in composed.resources.values()
        if "providerConfigRef" in body["spec"]
    }
    texts = [path.read_text() for path in sorted((TREE / "crossplane-config").glob("*.yaml"))]
    there = set(re.findall(r"kind: ProviderConfig\nmetadata:\n  name: (\S+)", "\n".join(texts)))
    assert used == there == {"default-hcloud", "default-kubernetes", "pool-domain-manager"}


def test_fault_3_given_the_functions_when_the_tree_is_read_then_each_is_installed(
    tmp_path: Path,
) -> None:
    texts = [path.read_text() for path in sorted((TREE / "crossplane-provider").glob("*.yaml"))]
    there = set(re.findall(r"kind: Function\nmetadata:\n  name: (\S+)", "\n".join(texts)))
    assert there == FUNCTIONS


def test_fault_18_given_any_parameter_when_it_changes_then_what_is_composed_changes(
    tmp_path: Path,
) -> None:
    cases: dict[str, Case] = {}
    for path in sorted((crossplane.CHART / "fixtures/good").glob("*.yaml")):
        body = charts.read(path)
        observed = observed_for(body["kind"])
        cases[f"{path.stem}--same"] = Case(body, observed)
        for number, (name, other) in enumerate(changed(body)):
            cases[f"{path.stem}--{name}--{number}"] = Case(other, observed)
    made = compose.compose(FAMILY, cases, tmp_path / "chart")
    live = {
        (cases[name].claim["kind"], name.split("--")[1])
        for name, composed in made.items()
        if composed != made[f"{name.split('--')[0]}--same"]
    }
    every = {
        (xrd["spec"]["claimNames"]["kind"], path)
        for xrd in FAMILY.xrds.values()
        for path in crossplane.parameters(crossplane.parameter_schema(xrd))
    }
    assert every - live == set()
