"""All components of the plan and of the kit in their families, each with what is true today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from catalyst.blueprints.files import HERE, BlueprintFault, Told, typed
from catalyst.blueprints.kit import Kit, kit
from catalyst.blueprints.manifests import Manifest, components

FAMILIES = HERE / "families"
NO_CHART = "Catalyst has no chart for it yet."


class Tier(StrEnum):
    MANDATORY = "mandatory"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"


class ToldComponent(Told):
    """As a file says it. Title, summary, licence and needs only where there is no chart."""

    tier: Tier
    memory: int
    cpu: int
    home: str
    title: str | None = None
    summary: str | None = None
    license: str | None = None
    needs: tuple[str, ...] = ()
    reason: str = ""
    beyond_plan: bool = False

    @property
    def describes_itself(self) -> bool:
        return bool(self.title or self.summary or self.license is not None or self.needs)


class ToldFamily(Told):
    id: str
    title: str
    summary: str
    icon: str
    together: bool = False
    components: dict[str, ToldComponent]


@dataclass(frozen=True, slots=True)
class Component:
    """`memory` in MiB and `cpu` in thousandths of a core are estimates for one copy in quiet use.

    `tier` is what holds today, `planned` what the plan says. `locked`: why there is no choice;
    `reason`: why it is not to be had yet; of the two at most one is said.
    """

    id: str
    family: str
    title: str
    summary: str
    tier: Tier
    planned: Tier
    needs: tuple[str, ...]
    memory: int
    cpu: int
    home: str
    license: str
    version: str
    locked: str
    reason: str
    beyond_plan: bool

    @property
    def available(self) -> bool:
        return not self.reason

    @property
    def cores(self) -> float:
        return self.cpu / 1000

    @property
    def optional(self) -> bool:
        """May be chosen or left out."""
        return self.available and not self.locked


@dataclass(frozen=True, slots=True)
class Family:
    """`together`: whoever adds one of it adds all of it that can be had."""

    id: str
    title: str
    summary: str
    icon: str
    together: bool
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    families: tuple[Family, ...]
    components: Mapping[str, Component]

    @property
    def optional(self) -> tuple[Component, ...]:
        return tuple(each for each in self.components.values() if each.optional)

    @property
    def locked(self) -> tuple[Component, ...]:
        return tuple(each for each in self.components.values() if each.locked)

    def family(self, family_id: str) -> Family | None:
        return next((each for each in self.families if each.id == family_id), None)

    def users(self, component_id: str) -> tuple[Component, ...]:
        """Those that name it among their needs."""
        return tuple(each for each in self.components.values() if component_id in each.needs)


@cache
def catalogue(folder: Path = FAMILIES) -> Catalogue:
    """Raises BlueprintFault: a chart that no family has, a need that there is not, a twin."""
    there, charts = kit(), components()
    families = []
    for path in sorted(folder.glob("*.yaml")):
        told = typed(path, ToldFamily)
        made = tuple(
            _component(name, each, told.id, there, charts.get(name))
            for name, each in told.components.items()
        )
        families.append(Family(told.id, told.title, told.summary, told.icon, told.together, made))
    every = [each for family in families for each in family.components]
    by_id = {each.id: each for each in every}
    if len(by_id) != len(every):
        raise BlueprintFault("two families have the same component")
    if lost := there.components.keys() ^ charts.keys():
        raise BlueprintFault(f"charts and kit differ in {sorted(lost)}: python -m infra.check.kit")
    if lost := charts.keys() - by_id.keys():
        raise BlueprintFault(f"no family has {sorted(lost)}")
    if lost := {need for each in every for need in each.needs} - by_id.keys():
        raise BlueprintFault(f"needed and not there: {sorted(lost)}")
    return Catalogue(tuple(families), by_id)


def _component(
    name: str, told: ToldComponent, family: str, there: Kit, chart: Manifest | None
) -> Component:
    if chart is None:
        if not told.title or not told.summary:
            raise BlueprintFault(f"{name} has neither a chart nor a title and a summary")
        return Component(
            name, family, told.title, told.summary, told.tier, told.tier, told.needs, told.memory,
            told.cpu, told.home, told.license or "", "", "", told.reason or NO_CHART,
            told.beyond_plan,
        )  # fmt: skip
    if told.describes_itself or told.reason:
        raise BlueprintFault(f"{name} has a chart, which says what it is")
    known = there.components[name]
    # What nothing depends on may be left out, whatever the plan calls it.
    free = Tier.OPTIONAL if told.tier is Tier.OPTIONAL else Tier.RECOMMENDED
    return Component(
        name, family, chart.title, chart.summary, Tier.MANDATORY if known.mandatory else free,
        told.tier, known.needs, told.memory, told.cpu, told.home, chart.license, chart.version,
        known.mandatory, "", told.beyond_plan,
    )  # fmt: skip
