"""The kit: which components can be installed today, what each needs, which are always there.

What there is stands in the OpenTofu module (infra/hetzner/kit.tf.json, made from charts and tree),
so that the module refuses just what is refused here.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from django.conf import settings

from catalyst.blueprints.selection import closure

FILE = Path(settings.BASE_DIR) / "infra" / "hetzner" / "kit.tf.json"


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

    def _reach(self, name: str) -> set[str]:
        needs = {each.id: each.needs for each in self.components.values()}
        return set(closure(needs, [name]) - {name})


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
