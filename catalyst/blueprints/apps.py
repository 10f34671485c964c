"""The Apps that a Sovereign may sell to its customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from catalyst.blueprints.files import HERE, BlueprintFault, Told, typed
from catalyst.blueprints.manifests import APP, Manifest, applications
from catalyst.blueprints.needs import Need, ToldNeed
from catalyst.blueprints.selection import closure

FILE = HERE / "apps.yaml"


class Usage(Told):
    """MiB, thousandths of a core, GB."""

    memory: int
    cpu: int
    disk: int

    @property
    def cores(self) -> float:
        return self.cpu / 1000


class Plans(Told):
    """The least plan it runs on, and the one that suits it."""

    least: str
    suits: str


class ToldApp(Told):
    title: str
    summary: str
    category: str
    icon: str
    usage: Usage
    plans: Plans | None = None
    needs: tuple[str | ToldNeed, ...] = ()
    offered: bool = False
    system: bool = False
    config: dict[str, Any] = {}


class ToldApps(Told):
    apps: dict[str, ToldApp]


@dataclass(frozen=True, slots=True)
class App:
    """`offered`: it may be chosen for a Sovereign's catalogue. `installable`: its chart is there.

    `system`: a backing service that comes along and is never chosen alone. `version`: its chart's,
    empty while there is none, as `chart`, its name in a registry. `config_schema`: JSON Schema of
    what one may set; perhaps empty. `secrets`: what is made for it in the cluster. `has_page`: it
    is reached by a name of its own.
    """

    id: str
    title: str
    summary: str
    category: str
    icon: str
    usage: Usage
    plans: Plans | None
    depends: tuple[Need, ...]
    offered: bool
    system: bool
    version: str
    config_schema: Mapping[str, Any]
    chart: str
    secrets: tuple[str, ...]
    has_page: bool

    @property
    def installable(self) -> bool:
        return bool(self.version)

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of what it needs, straight."""
        return tuple(dict.fromkeys(each.blueprint for each in self.depends))

    @property
    def choosable(self) -> bool:
        return self.offered and not self.system


@cache
def apps(file: Path = FILE) -> Mapping[str, App]:
    """By id, in the order of titles. Raises BlueprintFault, also for a circle of needs."""
    told = typed(file, ToldApps).apps
    charts = applications()
    try:
        made = [_app(name, each, charts.get(name)) for name, each in told.items()]
        list(TopologicalSorter({each.id: each.needs for each in made}).static_order())
    except (CycleError, ValueError) as error:
        raise BlueprintFault(f"{file.name}: {error}") from error
    by_id = {each.id: each for each in made}
    for each in made:
        if lost := set(each.needs) - told.keys():
            raise BlueprintFault(f"{each.id} needs what there is not: {sorted(lost)}")
        for need in each.depends:
            if not need.takes(by_id[need.blueprint].version):
                raise BlueprintFault(f"{each.id} needs {need.blueprint} {need.version}")
    return {each.id: each for each in sorted(made, key=lambda each: each.title.lower())}


def _app(name: str, told: ToldApp, chart: Manifest | None) -> App:
    """Its chart knows best what it needs and what one may set."""
    needs = _needs(chart) if chart else tuple(map(Need.of, told.needs))
    return App(
        name, told.title, told.summary, told.category, told.icon, told.usage, told.plans, needs,
        told.offered, told.system, chart.version if chart else "",
        chart.config_schema if chart else told.config, chart.chart if chart else "",
        chart.secrets if chart else (), chart.has_page if chart else not told.system,
    )  # fmt: skip


def _needs(chart: Manifest) -> tuple[Need, ...]:
    """By ids of Apps; what it needs of the kit is there in every Sovereign."""
    return tuple(
        replace(each, blueprint=each.blueprint.removeprefix(APP))
        for each in chart.needs
        if each.blueprint.startswith(APP)
    )


def with_services(chosen: Iterable[str]) -> tuple[App, ...]:
    """The chosen Apps and the services they share, each once."""
    known = apps()
    whole = closure({name: each.needs for name, each in known.items()}, chosen)
    return tuple(known[name] for name in sorted(whole))
