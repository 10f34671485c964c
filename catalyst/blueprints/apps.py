"""The Apps that a Sovereign may sell to its customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalyst.blueprints.files import HERE, BlueprintFault, Told, typed
from catalyst.blueprints.manifests import manifests
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
    needs: tuple[str, ...] = ()
    offered: bool = False
    system: bool = False


class ToldApps(Told):
    apps: dict[str, ToldApp]


@dataclass(frozen=True, slots=True)
class App:
    """`offered`: it may be chosen for a Sovereign's catalogue. `installable`: its chart is there.

    `system`: a backing service that comes along and is never chosen alone.
    """

    id: str
    title: str
    summary: str
    category: str
    icon: str
    usage: Usage
    plans: Plans | None
    needs: tuple[str, ...]
    offered: bool
    system: bool
    installable: bool

    @property
    def choosable(self) -> bool:
        return self.offered and not self.system


@cache
def apps(file: Path = FILE) -> Mapping[str, App]:
    """By id, in the order of titles. Raises BlueprintFault."""
    told = typed(file, ToldApps).apps
    charts = manifests()
    made = [
        App(
            name, each.title, each.summary, each.category, each.icon, each.usage, each.plans,
            each.needs, each.offered, each.system, f"app-{name}" in charts,
        )
        for name, each in told.items()
    ]  # fmt: skip
    for each in made:
        if lost := set(each.needs) - told.keys():
            raise BlueprintFault(f"{each.id} needs what there is not: {sorted(lost)}")
    return {each.id: each for each in sorted(made, key=lambda each: each.title.lower())}


def with_services(chosen: Iterable[str]) -> tuple[App, ...]:
    """The chosen Apps and the services they share, each once."""
    known = apps()
    whole = closure({name: each.needs for name, each in known.items()}, chosen)
    return tuple(known[name] for name in sorted(whole))
