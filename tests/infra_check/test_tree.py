"""The tree of a Sovereign by itself: stages, order, substitution, what every release has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.check import charts, flux, graph, substitute, tree

TREE = tree.template()
FLUX = {each.name: each.spec for each in flux.objects(TREE.folder)}
SETTINGS = "sovereign-settings"
CHARTS = {chart.name: chart for chart in charts.every()}
STAGES = sorted(TREE.stages)
# Made by Crossplane when a package of the stage `crossplane-provider` is installed.
PACKAGE_GROUPS = {"hcloud.crossplane.io", "http.crossplane.io", "kubernetes.crossplane.io"}


def folder(name: str) -> Path:
    """Where a stage's `path` leads, which is written from the top of the repository."""
    return tree.REPOSITORY / FLUX[name]["path"]


def namespaces() -> set[str]:
    made = {doc.name for found in TREE.objects.values() for doc in found if doc.kind == "Namespace"}
    return made | {"default", "kube-system", flux.FLUX_NAMESPACE}


def test_given_the_stages_when_read_then_they_are_those_of_the_design_in_order() -> None:
    assert TREE.stages == {
        "crds": [],
        "network": ["crds"],
        "pki": ["network"],
        "platform": ["network"],
        "data": ["network"],
        "product": ["network"],
        "crossplane-provider": ["platform"],
        "crossplane-config": ["crossplane-provider"],
    }
    assert graph.faults(TREE.stages) == []


def test_given_the_folders_when_read_then_each_is_a_stage_or_a_component() -> None:
    folders = {path.parent.name for path in TREE.folder.glob("*/kustomization.yaml")}
    assert folders == {*STAGES, "release"}


@pytest.mark.parametrize("name", STAGES)
def test_given_a_folder_when_read_then_no_file_of_it_is_forgotten(name: str) -> None:
    here = folder(name)
    listed = set(charts.read(here / "kustomization.yaml")["resources"])
    files = {str(path.relative_to(here)) for path in here.rglob("*.yaml")}
    assert files - {"kustomization.yaml"} == listed


@pytest.mark.parametrize("name", STAGES)
def test_fault_11_given_a_stage_when_its_variables_are_put_in_then_none_is_left(name: str) -> None:
    assert TREE.objects[name]
    for document in TREE.objects[name]:
        assert "${" not in str(document.body)


def test_fault_11_given_the_root_when_read_then_it_needs_no_variable() -> None:
    assert substitute.names(flux.build(TREE.folder)) == set()


def test_given_the_settings_when_compared_then_the_tree_asks_for_just_these() -> None:
    text = "\n".join(flux.build(folder(name)) for name in STAGES)
    asked = substitute.names(text) - set(re.findall(r"\$\{(\w+):[=-]", text))
    literal = {
        each["valuesKey"]
        for release in TREE.releases.values()
        for each in release.document.spec.get("valuesFrom", [])
        if each["name"] == SETTINGS
    }
    assert asked | literal == set(TREE.settings)


@pytest.mark.parametrize("apps", ["", "ghost,wordpress"])
def test_given_chosen_apps_then_the_release_of_the_product_is_told_of_them(apps: str) -> None:
    settings = {**TREE.settings, **({"PRESELECTED_APPS": apps} if apps else {})}
    release = tree.Tree(TREE.folder, settings).releases["bp-catalyst"]
    told = release.document.spec["values"]["catalog"]["preselectedApps"]
    assert (told or "") == apps


@pytest.mark.parametrize("name", STAGES)
def test_fault_23_given_a_stage_when_read_then_it_waits_and_gives_up_and_is_filled_strictly(
    name: str,
) -> None:
    spec = FLUX[name]
    # Both are what cloud-init makes (infra/hetzner/cloud_cluster.tf).
    assert spec["sourceRef"] == {"kind": "GitRepository", "name": "sovereign"}
    assert spec["path"].startswith("./infra/clusters/_template/")
    assert spec.get("wait") or spec.get("healthChecks")
    assert spec["prune"] and spec["timeout"] and spec["retryInterval"]
    assert spec["postBuild"] == {"substituteFrom": [{"kind": "ConfigMap", "name": SETTINGS}]}
    assert len(flux.releases(TREE.objects[name])) <= 9


def test_fault_23_given_things_with_data_when_taken_out_of_git_then_they_stay() -> None:
    for document in TREE.objects["crds"]:
        if document.kind in {"Namespace", "CustomResourceDefinition"}:
            assert document.annotations["kustomize.toolkit.fluxcd.io/prune"] == "disabled"


@pytest.mark.parametrize("name", sorted(TREE.releases))
def test_given_a_release_when_read_then_its_name_is_its_chart_and_its_source_the_kit(
    name: str,
) -> None:
    # The rest is in test_whole_kit.py: release_faults.
    release = TREE.releases[name]
    assert name == release.chart
    reference = release.document.spec["chart"]["spec"]["sourceRef"]
    assert reference == {
        "kind": "HelmRepository",
        "name": "catalyst-charts",
        "namespace": "flux-system",
    }


def test_fault_1_given_the_product_when_read_then_it_bundles_no_chart_of_the_kit() -> None:
    bundled = {
        (chart.name, dependency.name)
        for chart in CHARTS.values()
        for dependency in chart.dependencies
        if dependency.name in CHARTS
    }
    assert bundled == set()
    assert [release.chart for release in TREE.releases.values() if release.stage == "product"] == [
        "bp-catalyst"
    ]


def test_given_the_releases_when_followed_then_none_waits_for_a_later_stage() -> None:
    for release in TREE.releases.values():
        for name in release.depends_on:
            # Waiting for a later stage would be waiting for ever: that one waits for this.
            later = graph.reach(TREE.stages, TREE.releases[name].stage)
            assert release.stage not in later, f"{release.name} waits for {name}"


def test_fault_2_given_provider_configs_when_read_then_their_providers_are_healthy_before() -> None:
    edges = {name: set(targets) for name, targets in TREE.stages.items()}
    makers = dict.fromkeys(PACKAGE_GROUPS, "crossplane-provider")
    assert list(graph.kind_faults(TREE.objects, makers, edges)) == []
    configs = [doc for doc in TREE.objects["crossplane-config"] if doc.kind == "ProviderConfig"]
    assert {doc.group for doc in configs} == PACKAGE_GROUPS
    # A package has no condition Ready: without the expression, applied would be healthy.
    checks = FLUX["crossplane-provider"]["healthCheckExprs"]
    assert {check["kind"] for check in checks} == {"Provider", "Function"}
    assert all("'Healthy'" in check["current"] for check in checks)


def test_fault_3_given_a_provider_config_when_read_then_its_secret_is_made() -> None:
    found = TREE.objects["crossplane-config"]
    made = {*graph.secrets_made(found, ""), *tree.outside_secrets()}
    used = {
        (reference["namespace"], reference["name"])
        for document in found
        if document.kind == "ProviderConfig"
        and (reference := document.spec["credentials"].get("secretRef"))
    }
    assert used == {
        ("crossplane-system", "hcloud-credentials"),
        ("crossplane-system", "pool-domain-manager"),
    }
    assert used <= made


def test_fault_3_given_the_packages_when_read_then_each_is_pinned_exactly() -> None:
    packages = [
        document.spec["package"]
        for document in TREE.objects["crossplane-provider"]
        if document.group == "pkg.crossplane.io" and "package" in document.spec
    ]
    assert len(packages) == 6
    assert [each for each in packages if not re.search(r":v\d+\.\d+\.\d+$", each)] == []


def test_given_a_release_when_read_then_its_namespaces_are_there_before_it() -> None:
    for name, release in TREE.releases.items():
        copies = (release.values.get("auth") or release.values.get("tsig") or {}).get("copyTo", [])
        for client in release.values.get("clients", []):
            copies = [*copies, *client["copyTo"]]
        assert {release.namespace, *copies} <= namespaces(), name
    assert {place for place, _ in tree.outside_secrets()} <= namespaces()


def test_fault_19_given_the_source_of_charts_when_read_then_it_needs_no_token() -> None:
    (source,) = (doc for doc in TREE.objects["crds"] if doc.kind == "HelmRepository")
    assert source.spec["type"] == "oci"
    assert "secretRef" not in source.spec
    assert source.spec["insecure"] is False


def test_fault_11_given_flux_when_installed_then_it_refuses_what_is_not_substituted() -> None:
    controllers = TREE.releases["bp-flux"].values["controllers"]
    (gates,) = (
        argument.removeprefix("--feature-gates=").split(",")
        for argument in controllers["kustomize-controller"]["args"]
        if argument.startswith("--feature-gates=")
    )
    assert "StrictPostBuildSubstitutions=true" in gates
    # Else a stage that waits for something broken takes up a pushed fix only when its time is over.
    assert "CancelHealthCheckOnNewRevision=true" in gates
