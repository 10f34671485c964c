"""The choice of components: read, judged, completed.

What there is stands in the OpenTofu module (infra/hetzner/kit.tf.json, made from charts and tree),
so that the module refuses just what is refused here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from django.conf import settings

from sovereign_wizard.kit.problems import MissingComponents, UnknownComponent

FILE = Path(settings.BASE_DIR) / "infra" / "hetzner" / "kit.tf.json"
FIELD = "components"


@dataclass(frozen=True, slots=True)
class Component:
    """`needs`: ids without which it does not work. `mandatory`: why there is no choice, if so."""

    id: str
    title: str
    summary: str
    needs: tuple[str, ...]
    mandatory: str


@dataclass(frozen=True, slots=True)
class Kit:
    """All components by id, each after those it needs."""

    components: dict[str, Component]

    @property
    def optional(self) -> tuple[Component, ...]:
        return tuple(each for each in self.components.values() if not each.mandatory)

    @property
    def mandatory(self) -> tuple[Component, ...]:
        return tuple(each for each in self.components.values() if each.mandatory)

    @property
    def all_optional(self) -> tuple[str, ...]:
        return tuple(sorted(each.id for each in self.optional))

    def missing(self, chosen: Collection[str]) -> dict[str, list[Component]]:
        """Chosen → what it needs, straight or not, and is neither chosen nor mandatory."""
        found = {}
        for name in chosen:
            needed = self._reach(name) - {*chosen, *(each.id for each in self.mandatory)}
            if needed:
                found[name] = [self.components[each] for each in sorted(needed)]
        return found

    def completed(self, chosen: Collection[str]) -> tuple[str, ...]:
        """The chosen, and all that these need."""
        more = {each.id for needed in self.missing(chosen).values() for each in needed}
        return tuple(sorted({*chosen, *more}))

    def _reach(self, name: str) -> set[str]:
        needs = self.components[name].needs
        return set(needs).union(*(self._reach(each) for each in needs))


@cache
def kit(file: Path = FILE) -> Kit:
    """What there is. Raises `graphlib.CycleError` and KeyError for a kit that is none."""
    told = json.loads(file.read_text())["locals"]["kit"]
    order = TopologicalSorter({name: sorted(each["needs"]) for name, each in sorted(told.items())})
    made = {
        name: Component(
            name,
            told[name]["title"],
            told[name]["summary"],
            tuple(told[name]["needs"]),
            told[name]["mandatory"],
        )
        for name in order.static_order()
    }
    return Kit(made)


def choice(named: Iterable[str] | None) -> tuple[str, ...]:
    """The optional components of a Sovereign, in order of name; None stands for all of them.

    What is mandatory may be named as well. Raises UnknownComponent, MissingComponents.
    """
    there = kit()
    if named is None:
        return there.all_optional
    asked = set(named)
    if unknown := sorted(asked - there.components.keys()):
        known = ", ".join(there.all_optional)
        raise UnknownComponent(f"{', '.join(unknown)}. There are: {known}.", field=FIELD)
    chosen = tuple(sorted(name for name in asked if not there.components[name].mandatory))
    if missing := there.missing(chosen):
        raise MissingComponents(
            told(missing),
            field=FIELD,
            missing={name: [each.id for each in needed] for name, needed in missing.items()},
        )
    return chosen


def told(missing: dict[str, list[Component]]) -> str:
    """Which component needs which, in words."""
    names = kit().components
    return " ".join(
        f"{names[name].title} needs {' and '.join(each.title for each in needed)}."
        for name, needed in missing.items()
    )
