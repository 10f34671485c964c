"""The door of this room."""

from __future__ import annotations

from collections.abc import Iterable

from catalyst.blueprints.apps import App, apps, with_services
from catalyst.blueprints.catalogue import Catalogue, Component, Family, Tier, catalogue
from catalyst.blueprints.kit import Kit, kit
from catalyst.blueprints.selection import Selection

__all__ = [
    "App",
    "Catalogue",
    "Component",
    "Family",
    "Kit",
    "Selection",
    "Tier",
    "apps",
    "catalogue",
    "defaults",
    "kit",
    "selection",
    "with_services",
]


def selection(picked: Iterable[str] | None = None) -> Selection:
    """A choice from the catalogue; None stands for the defaults. What cannot be had is dropped."""
    there = catalogue()
    can_be_had = {each.id: each.needs for each in there.components.values() if each.available}
    locked = frozenset(each.id for each in there.locked)
    wanted = defaults() if picked is None else picked
    return Selection(can_be_had, locked, frozenset(wanted) & can_be_had.keys() - locked)


def defaults() -> tuple[str, ...]:
    """What is picked before anybody chose: the recommended ones that can be had."""
    return tuple(each.id for each in catalogue().optional if each.tier is Tier.RECOMMENDED)
