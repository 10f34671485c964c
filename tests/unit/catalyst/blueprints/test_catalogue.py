"""The catalogue is the plan's, and says of each component what is true of it today."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from catalyst.blueprints.catalogue import FAMILIES, catalogue
from catalyst.blueprints.files import BlueprintFault
from catalyst.blueprints.kit import kit
from catalyst.blueprints.manifests import APP, CHARTS, applications, components, manifest, manifests
from catalyst.blueprints.services import Tier

THERE = catalogue()
# Specification franchise §5.6.
PLAN = {
    "pilot": "flux crossplane gitea opentofu vcluster",
    "spine": "cilium coraza powerdns external-dns envoy frpc netbird strongswan",
    "surge": "vpa keda reloader continuum",
    "silo": "seaweedfs velero harbor",
    "guardian": "falco kyverno trivy syft-grype sigstore keycloak openbao external-secrets "
    "cert-manager",
    "insights": "grafana opentelemetry alloy loki mimir tempo opensearch litmus openmeter specter",
    "fabric": "cnpg valkey strimzi debezium flink temporal clickhouse ferretdb iceberg superset",
    "cortex": "kserve knative axon neo4j vllm milvus bge langfuse librechat",
    "relay": "stalwart livekit stunner matrix ntfy",
}
EDGES = {
    "temporal": "cnpg", "ferretdb": "cnpg", "superset": "cnpg", "matrix": "cnpg",
    "langfuse": "cnpg", "openmeter": "cnpg", "harbor": "cnpg seaweedfs valkey",
    "velero": "seaweedfs", "loki": "seaweedfs", "mimir": "seaweedfs", "tempo": "seaweedfs",
    "iceberg": "seaweedfs", "milvus": "seaweedfs", "debezium": "strimzi", "librechat": "ferretdb",
    "specter": "bge milvus langfuse vllm kserve",
}  # fmt: skip


def test_given_the_plan_then_its_63_components_stand_in_their_nine_families() -> None:
    planned = {
        family.id: [each.id for each in family.components if not each.beyond_plan]
        for family in THERE.families
    }
    assert planned == {family: names.split() for family, names in PLAN.items()}
    assert sum(len(names) for names in planned.values()) == 63


def test_given_the_charts_then_just_those_can_be_had_and_the_others_say_why_not() -> None:
    folders = {path.parent.name for path in CHARTS.glob("[!_]*/Chart.yaml")}
    folders -= {f"{APP}{name}" for name in applications()}
    assert {each.id for each in THERE.components.values() if each.available} == folders
    for each in THERE.components.values():
        assert bool(each.reason) is not each.available
        assert not each.reason or each.reason.endswith(".")
        assert not (each.locked and each.reason)


def test_given_the_kit_then_needs_and_locks_are_those_that_the_module_knows() -> None:
    for each in kit().components.values():
        shown = THERE.components[each.id]
        assert (shown.needs, shown.locked) == (each.needs, each.mandatory)
        assert (shown.tier is Tier.MANDATORY) is bool(each.mandatory)


def test_given_the_edges_of_the_plan_then_the_catalogue_has_them() -> None:
    for name, needs in EDGES.items():
        assert set(THERE.components[name].needs) == set(needs.split()), name


def test_given_any_component_then_a_person_can_read_what_it_is_and_takes() -> None:
    for each in THERE.components.values():
        assert each.title and each.summary.endswith("."), each.id
        assert each.home == "" or each.home.startswith("https://"), each.id
        assert each.memory >= 0 and each.cpu >= 0
        assert each.available is bool(each.version)


def test_given_the_charts_manifests_then_each_depends_on_charts_that_there_are() -> None:
    found = manifests()
    for each in found.values():
        assert set(each.depends) <= found.keys(), each.id
    for each in components().values():
        # What the kit says is never less than what the blueprint says.
        assert set(each.depends) <= set(THERE.components[each.id].needs), each.id


def copied(folder: Path, family: str, **changes: object) -> Path:
    """The families with other words for one component of one of them."""
    shutil.copytree(FAMILIES, folder / "families")
    file = next((folder / "families").glob(f"*-{family}.yaml"))
    told = yaml.safe_load(file.read_text())
    for name, change in changes.items():
        if change is None:
            del told["components"][name]
        else:
            told["components"][name] = change
    file.write_text(yaml.safe_dump(told))
    return folder / "families"


ODD = {
    "memory": {"tier": "optional", "memory": "much", "cpu": 1, "home": ""},
    "tier": {"tier": "holy", "memory": 1, "cpu": 1, "home": ""},
    "colour": {"tier": "optional", "memory": 1, "cpu": 1, "home": "", "colour": "red"},
    "title": {"tier": "optional", "memory": 1, "cpu": 1, "home": ""},
}


@pytest.mark.parametrize("says", sorted(ODD))
def test_given_an_odd_word_in_a_family_then_it_is_refused_by_name(
    tmp_path: Path, says: str
) -> None:
    with pytest.raises(BlueprintFault, match=says):
        catalogue(copied(tmp_path, "relay", ntfy=ODD[says]))


def test_given_a_chart_that_no_family_has_then_that_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BlueprintFault, match="spire"):
        catalogue(copied(tmp_path, "guardian", spire=None))


def test_given_a_chart_that_a_family_describes_as_well_then_that_is_a_fault(tmp_path: Path) -> None:
    twice = {"tier": "optional", "memory": 1, "cpu": 1, "home": "", "summary": "It is."}
    with pytest.raises(BlueprintFault, match="spire has a chart"):
        catalogue(copied(tmp_path, "guardian", spire=twice))


def test_given_a_need_of_what_there_is_not_then_that_is_a_fault(tmp_path: Path) -> None:
    lost = {"tier": "optional", "memory": 1, "cpu": 1, "home": "", "title": "N", "summary": "Is."}
    with pytest.raises(BlueprintFault, match="nowhere"):
        catalogue(copied(tmp_path, "relay", ntfy={**lost, "needs": ["nowhere"]}))


@pytest.mark.parametrize(
    ("changed", "says"),
    [("kind: Blueprint", "kind"), ("name: bp-spire", "its name is"), ("title: SPIRE", "card")],
)
def test_given_a_blueprint_that_the_schema_refuses_then_the_field_is_named(
    tmp_path: Path, changed: str, says: str
) -> None:
    (folder := tmp_path / "spire").mkdir()
    text = (CHARTS / "spire" / "blueprint.yaml").read_text()
    assert changed in text
    other = {"name: bp-spire": "name: bp-other"}.get(changed, changed.split(":")[0] + "s: x")
    (folder / "blueprint.yaml").write_text(text.replace(changed, other, 1))
    with pytest.raises(BlueprintFault, match=says):
        manifest(folder / "blueprint.yaml")
