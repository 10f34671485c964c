"""Where the regions are: grouped by network zone, and as dots on a small map of the world.

The map is Plate carrée, as static/src/land.svg: x = longitude + 180, y = 78 - latitude.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalyst.language.words import lazy
from sovereign_wizard.catalog.offer import Location

# The vendor's ids, as people say them; one that is new is shown as it is.
ZONES = {
    "eu-central": lazy("Europe"),
    "us-east": lazy("United States, East"),
    "us-west": lazy("United States, West"),
    "ap-southeast": lazy("Asia, South-East"),
}
# From here on a name stands before its dot, so that it stays on the map.
_EAST = 300


@dataclass(frozen=True, slots=True)
class Zone:
    """Regions that share a private network."""

    id: str
    title: str
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """A region on the map; `x` and `y` in degrees from its upper left corner."""

    name: str
    city: str
    x: int
    y: int
    chosen: bool

    @property
    def before(self) -> bool:
        return self.x > _EAST


def zones(locations: Iterable[Location]) -> tuple[Zone, ...]:
    """In the order of the catalogue."""
    found: dict[str, list[Location]] = {}
    for place in locations:
        found.setdefault(place.network_zone, []).append(place)
    return tuple(Zone(zone, ZONES.get(zone, zone), tuple(of)) for zone, of in found.items())


def drawn(locations: Iterable[Location], *, chosen: str) -> tuple[Dot, ...]:
    """The chosen one last: it lies on top of its neighbours."""
    dots = [
        Dot(
            place.name,
            place.city,
            round(place.longitude + 180),
            round(78 - place.latitude),
            place.name == chosen,
        )
        for place in locations
    ]
    return tuple(sorted(dots, key=lambda dot: dot.chosen))
