"""What an Organization has, derived from what it chose: each App, and what comes along with it.

Nothing is counted: whoever asks what may go compares two derivations. Apps that are installed keep
the needs they were installed with (`pinned`), so an edit of the catalog breaks none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from catalyst.blueprints.needs import Need
from franchise.catalog.dependencies.graph import Thing, Things


@dataclass(frozen=True, slots=True)
class Instance:
    """One copy that runs. A shared one is called by its slug, another `owner/name`."""

    id: str
    slug: str
    needs: tuple[str, ...]


def pinned(things: Things, needs: Mapping[str, tuple[Need, ...]]) -> Things:
    """The things with the needs that installed ones were installed with."""
    kept = {
        slug: replace(things.get(slug, Thing(slug)), needs=told) for slug, told in needs.items()
    }
    return {**things, **kept}


@dataclass(frozen=True)
class Stack:
    """`dedicated`: pairs (who needs it, what it calls it) that get a copy of their own.

    `configs`: what was set for each App; it decides which `when` holds. Slugs that are not among
    the things raise KeyError: who asks people looks first.
    """

    things: Things
    chosen: frozenset[str]
    dedicated: frozenset[tuple[str, str]] = frozenset()
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def instances(self) -> Mapping[str, Instance]:
        """All that runs, by id. A circle of dedicated copies has no end: check the graph first."""
        made: dict[str, Instance] = {}
        open_ = [(slug, slug) for slug in sorted(self.chosen)]
        while open_:
            id_, slug = open_.pop()
            if id_ not in made:
                needed = self._needed(id_, slug)
                made[id_] = Instance(id_, slug, tuple(sorted(needed)))
                open_.extend(needed.items())
        return dict(sorted(made.items()))

    @property
    def services(self) -> tuple[str, ...]:
        """Ids of what comes along."""
        return tuple(each for each in self.instances if each not in self.chosen)

    def users(self, id_: str) -> tuple[str, ...]:
        return tuple(each.id for each in self.instances.values() if id_ in each.needs)

    def _needed(self, id_: str, slug: str) -> dict[str, str]:
        """Ids of what one copy needs → slugs."""
        needed = {}
        for need in self.things[slug].needs:
            if need.holds(self.configs.get(slug, {})):
                alone = not self.things[need.blueprint].shareable
                alone = alone or (slug, need.name) in self.dedicated
                needed[f"{id_}/{need.name}" if alone else need.blueprint] = need.blueprint
        return needed

    def add(self, slugs: Iterable[str]) -> Stack:
        return replace(self, chosen=self.chosen | frozenset(slugs))

    def remove(self, slug: str) -> Removal:
        """What goes and what stays when this App is removed: a preview, nothing happens."""
        after = replace(self, chosen=self.chosen - {slug})
        reached = self._reach(slug)
        gone = tuple(each for each in self.instances if each not in after.instances)
        kept = {each: after.users(each) for each in sorted(reached - {slug})
                if each in after.instances}  # fmt: skip
        needed_by = after.users(slug) if slug in after.instances else ()
        return Removal(after, gone, kept, needed_by)

    def _reach(self, id_: str) -> set[str]:
        found: set[str] = set()
        open_ = [id_] if id_ in self.instances else []
        while open_:
            each = open_.pop()
            if each not in found:
                found.add(each)
                open_.extend(self.instances[each].needs)
        return found


@dataclass(frozen=True)
class Removal:
    """`purged`: ids that go with their data. `retained`: services that stay → who uses them (none:
    it was chosen itself). `dependents`: who still needs the App itself, so that it stays."""

    after: Stack
    purged: tuple[str, ...]
    retained: Mapping[str, tuple[str, ...]]
    dependents: tuple[str, ...]
