"""A choice of components as a value: adding brings what is needed, removing takes what needs it.

Only what a person picked is kept; the rest follows. So taking back what was just added leaves
exactly what there was before, unless something else needs a part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

Needs = Mapping[str, Iterable[str]]


def closure(needs: Needs, names: Iterable[str]) -> frozenset[str]:
    """The named and all that they need, straight or not."""
    found: set[str] = set()
    open_ = list(names)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_.extend(needs[name])
    return frozenset(found)


@dataclass(frozen=True)
class Selection:
    """`needs`: all that can be had → what each needs. `locked`: what is there in any case.

    Names that cannot be had raise KeyError; who asks people looks first.
    """

    needs: Needs
    locked: frozenset[str]
    picked: frozenset[str]

    @cached_property
    def chosen(self) -> frozenset[str]:
        """All that will be installed: locked, picked, and what these need."""
        return closure(self.needs, self.locked | self.picked)

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """Of the chosen those that could be left out, sorted."""
        return tuple(sorted(self.chosen - closure(self.needs, self.locked)))

    def add(self, names: Iterable[str]) -> Selection:
        return replace(self, picked=self.picked | frozenset(names))

    def remove(self, names: Iterable[str]) -> Selection:
        """Without these and without what cannot be without them; what is locked stays."""
        gone = frozenset(names) - closure(self.needs, self.locked)
        kept = (each for each in self.picked if not closure(self.needs, [each]) & gone)
        return replace(self, picked=frozenset(kept))

    def dependents(self, name: str) -> tuple[str, ...]:
        """Of the chosen those that need it, straight or not, sorted."""
        return tuple(
            sorted(
                each for each in self.chosen if each != name and name in closure(self.needs, [each])
            )
        )
