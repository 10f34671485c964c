"""The ways to build a Sovereign: the two that the module builds, and those it does not build yet.

The names and the figures are those of provisioning §1, step 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalyst.language.words import lazy

SOLO, HIGHLY_AVAILABLE = "solo", "ha"

# Of the drawing, in units of its viewBox.
_GAP, _PAD, _NODE, _HEAD = 6, 8, 14, 16


@dataclass(frozen=True, slots=True)
class Cluster:
    """One Kubernetes cluster: its zones, and how many control planes it has."""

    zones: str
    control_planes: int = 1


@dataclass(frozen=True, slots=True)
class Topology:
    """`regions`: the clusters of each. `not_yet` says why it cannot be chosen; empty if it can."""

    id: str
    title: str
    tag: str
    words: str
    regions: tuple[tuple[Cluster, ...], ...]
    not_yet: str = ""
    cut_off: bool = False

    @property
    def drawing(self) -> Drawing:
        return draw(self)


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes in boxes: regions, the clusters in them, the control planes in those."""

    width: int
    height: int
    regions: tuple[Box, ...]
    clusters: tuple[Box, ...]
    nodes: tuple[Box, ...]


def draw(topology: Topology) -> Drawing:
    """Regions beside each other, clusters below each other."""
    regions: list[Box] = []
    clusters: list[Box] = []
    nodes: list[Box] = []
    x, height = 1, 0
    most = max(len(clusters_of) for clusters_of in topology.regions)
    for number, clusters_of in enumerate(topology.regions, start=1):
        inner = max(
            max(14 + len(one.zones) * 6, 10 + one.control_planes * 18) for one in clusters_of
        )
        width = inner + 2 * _PAD
        y = _PAD
        for one in clusters_of:
            clusters.append(Box(x + _PAD, y, inner, _HEAD + _NODE + _GAP, one.zones))
            nodes.extend(
                Box(x + _PAD + 6 + step * 18, y + _HEAD, _NODE, _NODE)
                for step in range(one.control_planes)
            )
            y += _HEAD + _NODE + 2 * _GAP
        whole = _PAD + most * (_HEAD + _NODE + 2 * _GAP)
        regions.append(Box(x, 1, width, whole, f"Region {number}"))
        x, height = x + width + _GAP, max(height, whole + 2)
    return Drawing(x - _GAP + 1, height, tuple(regions), tuple(clusters), tuple(nodes))


_ALL = "DMZ RTZ MGMT"
TOPOLOGIES = (
    Topology(
        SOLO,
        lazy("Solo"),
        lazy("to start with"),
        lazy(
            "One region, one cluster, one control plane. If its machine fails, the Sovereign is "
            "away until the machine is back."
        ),
        ((Cluster(_ALL),),),
    ),
    Topology(
        HIGHLY_AVAILABLE,
        lazy("Highly available"),
        lazy("for customers who count on it"),
        lazy(
            "One region, one cluster, three control planes. One machine may fail, and the platform "
            "and its database of cluster state go on. Two more machines to pay for."
        ),
        ((Cluster(_ALL, 3),),),
    ),
    Topology(
        "compact",
        lazy("Compact"),
        "starter",
        lazy("Two regions, one cluster in each."),
        ((Cluster(_ALL),), (Cluster(_ALL),)),
        lazy(
            "Two regions need a private network and replication between them; ours is built in one."
        ),
    ),
    Topology(
        "zoned",
        lazy("Zoned"),
        "mid-market",
        lazy("Two regions; the zone that the internet reaches is a cluster of its own."),
        ((Cluster("DMZ"), Cluster("RTZ MGMT")), (Cluster("DMZ"), Cluster("RTZ MGMT"))),
        lazy("Needs two clusters in a region that trust each other; one is made so far."),
    ),
    Topology(
        "dual",
        lazy("Dual"),
        "enterprise",
        lazy("Two regions, three clusters in each."),
        tuple(tuple(Cluster(zone) for zone in _ALL.split()) for _ in range(2)),
        lazy("Needs three clusters in a region and a second region; one of each is made so far."),
    ),
    Topology(
        "citadel",
        lazy("Citadel"),
        "tier-1 bank",
        lazy("Four regions: two for customers, two that only manage."),
        (
            (Cluster("DMZ"), Cluster("RTZ")),
            (Cluster("DMZ"), Cluster("RTZ")),
            (Cluster("MGMT"),),
            (Cluster("MGMT"),),
        ),
        lazy("Needs four regions and a management plane apart from what it manages."),
    ),
    Topology(
        "air-gap",
        lazy("Air gap"),
        lazy("one more region, cut off"),
        lazy("A copy in a region that reaches nothing outside."),
        ((Cluster(_ALL),), (Cluster(lazy("Copy")),)),
        lazy(
            "Without the internet it gets no chart, no name and no certificate from us; nothing of "
            "ours brings them in by another way yet."
        ),
        cut_off=True,
    ),
)
OFFERED = tuple(each for each in TOPOLOGIES if not each.not_yet)
BY_ID = {each.id: each for each in TOPOLOGIES}
