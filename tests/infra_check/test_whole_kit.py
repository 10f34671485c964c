"""The kit as one Sovereign gets it: every release of the tree, rendered with the values it is given
there, and held against all the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.check import charts, flux, graph, policies, tree, values
from infra.check import kit as kit_offer
from infra.check.documents import Document
from infra.check.render import Rendered
from infra.check.substitute import NotSubstituted
from infra.check.tree import Tree
from tests.infra_check.choice import patches
from tests.infra_check.conftest import Kit

Installed = dict[str, Rendered]
# Kinds that packages of Crossplane bring, which no chart holds.
BY_PACKAGE = ("hcloud.crossplane.io", "http.crossplane.io", "kubernetes.crossplane.io")


@pytest.fixture(scope="module")
def whole() -> Tree:
    return tree.template()


@pytest.fixture(scope="module")
def installed(kit: Kit, whole: Tree) -> Installed:
    """Release → what helm would put into the cluster."""
    return {
        release.name: kit.template(
            kit.by_name[release.chart].folder,
            settings=whole.values(release),
            release=release.release_name,
            namespace=release.namespace,
        )
        for release in whole.releases.values()
    }


def makers(whole: Tree, installed: Installed) -> dict[str, str]:
    """Group of custom kinds → the release or stage that brings its definitions."""
    found = {
        document.spec["group"]: name
        for name, rendered in installed.items()
        for document in rendered.of_kind("CustomResourceDefinition")
    }
    for name, document in whole.plain():
        if document.kind == "CustomResourceDefinition":
            found[document.spec["group"]] = name
    for group in BY_PACKAGE:
        found[group] = "stage/crossplane-provider"
    return {group: name for group, name in found.items() if not group.endswith(tree.BEFORE)}


def everything(whole: Tree, installed: Installed) -> Iterator[tuple[str, str, list[Document]]]:
    """(release or stage, its namespace, its objects)."""
    for name, rendered in installed.items():
        yield name, whole.releases[name].namespace, list(rendered.documents)
    for stage in whole.stages:
        plain = [document for name, document in whole.plain() if name == f"stage/{stage}"]
        yield f"stage/{stage}", "", plain


def test_given_the_tree_when_followed_then_there_is_no_circle_and_no_edge_into_nothing(
    whole: Tree,
) -> None:
    assert graph.faults(whole.stages) == []
    assert graph.faults(whole.edges) == []


def test_given_the_releases_when_judged_then_fault_4_and_fault_23_are_not_there(
    whole: Tree, kit: Kit
) -> None:
    versions = {chart.name: chart.version for chart in kit.charts.values()}
    faults = [
        fault
        for release in whole.releases.values()
        for fault in flux.release_faults(release, versions)
    ]
    assert faults == []


def test_given_charts_and_releases_when_counted_then_fault_1_each_is_installed_once(
    whole: Tree, kit: Kit
) -> None:
    assert graph.twice(whole.releases.values()) == []
    assert {release.chart for release in whole.releases.values()} == {
        chart.name for chart in kit.components
    }


def test_given_what_blueprints_depend_on_when_compared_then_the_tree_waits_for_it(
    whole: Tree, kit: Kit
) -> None:
    by_chart = {release.chart: release.name for release in whole.releases.values()}
    for chart in kit.components:
        waits = graph.reach(whole.edges, by_chart[chart.name])
        for each in chart.blueprint["spec"].get("depends", []):
            assert by_chart[each["blueprint"]] in waits, f"{chart.name}: {each['blueprint']}"


def test_given_the_values_of_each_release_when_followed_then_fault_10_is_not_there(
    whole: Tree, kit: Kit, installed: Installed
) -> None:
    for release in whole.releases.values():
        chart, given = kit.by_name[release.chart], whole.values(release)
        assert list(values.unknown(chart, given)) == [], release.name
        for dependency in chart.dependencies:
            below = given.get(dependency.key) or {}
            reached = installed[release.name].reached[dependency.key]
            assert list(values.unreached(below, reached)) == [], release.name


def test_given_each_release_as_installed_when_judged_then_its_objects_keep_to_kind_and_policy(
    installed: Installed, kit: Kit
) -> None:
    for name, rendered in installed.items():
        faults = [fault for each in rendered.own() for fault in kit.judge.faults(each)]
        assert faults + policies.faults(rendered.documents) == [], name


def test_given_the_objects_of_the_tree_when_judged_then_they_keep_to_their_kinds(
    whole: Tree, kit: Kit
) -> None:
    for objects in whole.objects.values():
        for document in objects:
            if not document.group.endswith(BY_PACKAGE):
                assert kit.judge.faults(document) == []


def test_given_every_object_when_followed_then_fault_2_its_kind_is_there_before_it(
    whole: Tree, installed: Installed
) -> None:
    used = {name: objects for name, _, objects in everything(whole, installed)}
    assert list(graph.kind_faults(used, makers(whole, installed), whole.edges)) == []


def test_given_every_secret_when_followed_then_fault_3_and_fault_6_somebody_makes_it(
    whole: Tree, installed: Installed
) -> None:
    made, used = set(tree.outside_secrets()), set()
    for _, namespace, objects in everything(whole, installed):
        made |= set(graph.secrets_made(objects, namespace))
        used |= set(graph.secrets_used(objects, namespace))
    assert used - made == set()


@pytest.mark.parametrize(
    "name", ["", "crossplane-claims", "external-dns", "nats-jetstream", "sealed-secrets", "spire"]
)
def test_given_a_choice_then_what_stays_needs_nothing_that_is_left_out(
    whole: Tree, installed: Installed, name: str
) -> None:
    chosen = {
        one
        for one in kit_offer.closed(
            kit_offer.needs(whole, charts.components()), [name] if name else []
        )
        if whole.releases[f"bp-{one}"].document.labels.get(kit_offer.TIER)
    }
    fewer = tree.template(patches(chosen))
    stays = {each: rendered for each, rendered in installed.items() if each in fewer.releases}
    used = {each: objects for each, _, objects in everything(fewer, stays)}
    # Of the whole: a kind that is left out is no kind that nobody of ours defines.
    kinds = makers(whole, installed)
    needed = {kinds[o.group] for objects in used.values() for o in objects if o.group in kinds}
    assert needed <= set(used)
    assert list(graph.kind_faults(used, kinds, fewer.edges)) == []
    made, secrets = set(tree.outside_secrets()), set()
    for _, namespace, objects in everything(fewer, stays):
        made |= set(graph.secrets_made(objects, namespace))
        secrets |= set(graph.secrets_used(objects, namespace))
    assert secrets - made == set()


def test_given_every_namespace_when_followed_then_the_tree_makes_it(
    whole: Tree, installed: Installed
) -> None:
    there = {"kube-system", "flux-system", "default"}
    there |= {document.name for _, document in whole.plain() if document.kind == "Namespace"}
    used = {release.namespace for release in whole.releases.values()}
    for _, _, objects in everything(whole, installed):
        used |= {document.namespace for document in objects if document.namespace}
    assert used - there == set()


def test_given_every_route_when_followed_then_fault_8_its_gateway_and_listener_are_there(
    whole: Tree, installed: Installed
) -> None:
    gateways = {
        (whole.releases[name].namespace, document.name): {
            listener["name"] for listener in document.spec["listeners"]
        }
        for name, rendered in installed.items()
        for document in rendered.of_kind("Gateway")
    }
    routes = [
        (whole.releases[name].namespace, document)
        for name, rendered in installed.items()
        for document in rendered.of_kind("HTTPRoute")
    ]
    assert routes
    for namespace, route in routes:
        for parent in route.spec["parentRefs"]:
            listeners = gateways[parent.get("namespace", namespace), parent["name"]]
            assert parent.get("sectionName") in {None, *listeners}, str(route)


def test_given_the_tree_when_its_settings_are_taken_away_then_it_is_refused(whole: Tree) -> None:
    for name in ("SOVEREIGN_FQDN", "STORAGE_CLASS"):
        fewer = {key: value for key, value in whole.settings.items() if key != name}
        text = "\n---\n".join(each.strip() for each in whole.texts.values())
        with pytest.raises(NotSubstituted, match=name):
            flux.parse(text, fewer, source="tree")
