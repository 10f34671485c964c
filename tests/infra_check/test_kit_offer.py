"""What the kit offers: written as it is, marked in the tree as it is offered, without a circle."""

from __future__ import annotations

import pytest

from infra.check import charts, graph, kit, tree
from infra.check.charts import Chart

TREE, CHARTS = tree.template(), charts.components()
OFFER = kit.offer(TREE, CHARTS)
OPTIONAL = {name for name, each in OFFER.items() if not each["mandatory"]}


def test_given_charts_and_tree_then_the_written_offer_is_theirs() -> None:
    assert kit.FILE.read_text() == kit.written(TREE, CHARTS), "python -m infra.check.kit"


def test_given_the_offer_then_what_is_mandatory_needs_nothing_that_may_be_left_out() -> None:
    edges = kit.needs(TREE, CHARTS)
    assert kit.closed(edges, set(OFFER) - OPTIONAL) & OPTIONAL == set()
    # Issue 10: everything the product depends on is mandatory.
    assert {"cilium", "cert-manager", "cnpg", "valkey", *kit.ROOTS} == set(OFFER) - OPTIONAL
    assert {"nats-jetstream", "spire", "crossplane", "external-dns"} <= OPTIONAL


def test_given_the_tree_then_just_the_optional_ones_are_marked_as_such() -> None:
    for release in TREE.releases.values():
        labels = release.document.labels
        assert release.name == f"bp-{labels[kit.COMPONENT]}"
        optional = labels[kit.COMPONENT] in OPTIONAL
        assert labels.get(kit.TIER) == (kit.OPTIONAL if optional else None), release.name


def test_given_a_namespace_of_optional_components_only_then_it_goes_with_them() -> None:
    users: dict[str, set[str]] = {}
    for release in TREE.releases.values():
        users.setdefault(release.namespace, set()).add(release.document.labels[kit.COMPONENT])
    for document in (d for found in TREE.objects.values() for d in found if d.kind == "Namespace"):
        components = users.get(document.name, set())
        goes = bool(components) and components <= OPTIONAL
        assert (document.labels.get(kit.TIER) == kit.OPTIONAL) is goes, document.name
        if goes:
            # With the one that all others in it need.
            owner = document.labels[kit.COMPONENT]
            edges = kit.needs(TREE, CHARTS)
            assert all(owner in kit.closed(edges, [each]) for each in components)


def test_given_the_stages_then_none_has_patches_that_a_choice_would_take_the_place_of() -> None:
    for stage in tree.flux.objects(TREE.folder):
        assert "patches" not in stage.spec, stage.name


def test_given_needs_in_a_circle_or_into_nothing_then_there_is_no_offer() -> None:
    def changed(folder: str, needed: str) -> list[Chart]:
        found = charts.components()
        chart = next(chart for chart in found if chart.folder == folder)
        depends = chart.blueprint["spec"].setdefault("depends", [])
        depends.append({"blueprint": needed, "version": "^1.0"})
        return found

    with pytest.raises(kit.KitFault, match="a circle"):
        kit.offer(TREE, changed("openbao", "bp-external-secrets"))
    with pytest.raises(kit.KitFault, match="which there is not"):
        kit.offer(TREE, changed("openbao", "bp-nowhere"))


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_given_an_optional_component_then_a_person_can_read_what_it_is(name: str) -> None:
    assert OFFER[name]["title"] and OFFER[name]["summary"].endswith(".")
    assert graph.reach(kit.needs(TREE, CHARTS), name) <= set(OFFER)
