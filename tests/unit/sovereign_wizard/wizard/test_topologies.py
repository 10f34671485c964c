"""The drawings of topologies, and where regions lie on the map."""

from __future__ import annotations

import pytest

from sovereign_wizard.catalog.offer import Location
from sovereign_wizard.wizard.topologies import OFFERED, TOPOLOGIES, Box, Topology
from sovereign_wizard.wizard.world import drawn, zones

# Regions and clusters of provisioning §1, step 2; an air gap is one more region.
FIGURES = {
    "solo": (1, 1),
    "ha": (1, 1),
    "compact": (2, 2),
    "zoned": (2, 4),
    "dual": (2, 6),
    "citadel": (4, 6),
    "air-gap": (2, 2),
}


def within(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda each: each.id)
def test_given_a_topology_when_drawn_then_its_figures_and_every_box_in_its_place(
    topology: Topology,
) -> None:
    drawing = topology.drawing

    assert (len(drawing.regions), len(drawing.clusters)) == FIGURES[topology.id]
    assert len(drawing.nodes) == (3 if topology.id == "ha" else len(drawing.clusters))
    whole = Box(0, 0, drawing.width, drawing.height)
    assert all(within(region, whole) for region in drawing.regions)
    for inside, around in ((drawing.clusters, drawing.regions), (drawing.nodes, drawing.clusters)):
        assert all(sum(within(box, other) for other in around) == 1 for box in inside)


def test_given_what_is_offered_then_it_is_what_the_module_builds_and_the_rest_says_why() -> None:
    assert [each.id for each in OFFERED] == ["solo", "ha"]
    assert all(each.not_yet.endswith(".") for each in TOPOLOGIES if each not in OFFERED)


def test_given_regions_then_they_are_on_the_map_and_the_chosen_one_on_top() -> None:
    places = (
        Location("hel1", "Helsinki", "FI", "eu-central", 60.17, 24.94),
        Location("sin", "Singapore", "SG", "ap-southeast", 1.28, 103.83),
        Location("new1", "Nowhere", "AQ", "somewhere-new", -54.0, 179.9),
    )

    dots = drawn(places, chosen="hel1")

    assert [(dot.name, dot.x, dot.y) for dot in dots] == [
        ("sin", 284, 77),
        ("new1", 360, 132),
        ("hel1", 205, 18),
    ]
    assert [dot.before for dot in dots] == [False, True, False]
    titles = [(zone.title, [place.name for place in zone.locations]) for zone in zones(places)]
    assert titles == [
        ("Europe", ["hel1"]),
        ("Asia, South-East", ["sin"]),
        ("somewhere-new", ["new1"]),
    ]
