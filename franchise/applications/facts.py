"""What the product's catalogue says of an App that can be installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalyst.blueprints.needs import Need
from catalyst.blueprints.services import App as Blueprint
from catalyst.blueprints.services import apps
from franchise.applications.problems import NotInstallable

# Where a backing service answers: what is put behind its release's name, and its port.
ADDRESSES = {"postgres": ("-rw", 5432), "mysql": ("", 3306), "redis": ("", 6379)}


@dataclass(frozen=True, slots=True)
class Fact:
    """`secrets`: keys of what is made for it in the cluster. `versions`: of its chart, that may be
    chosen, the one to take first."""

    id: str
    title: str
    chart: str
    versions: tuple[str, ...]
    secrets: tuple[str, ...]
    has_page: bool
    is_service: bool
    needs: tuple[Need, ...]
    schema: Mapping[str, Any]
    memory_mb: int
    cpu_milli: int
    disk_gb: int
    least_plan: str


def of(blueprint: str) -> Fact:
    """Raises NotInstallable for what there is not, or what has no chart yet."""
    found = apps().get(blueprint)
    if found is None or not found.installable:
        raise NotInstallable(blueprint=blueprint)
    return _fact(found)


def _fact(app: Blueprint) -> Fact:
    return Fact(
        id=app.id,
        title=app.title,
        chart=app.chart,
        versions=(app.version,),
        secrets=app.secrets,
        has_page=app.has_page,
        is_service=app.system,
        needs=app.depends,
        schema=app.config_schema,
        memory_mb=app.usage.memory,
        cpu_milli=app.usage.cpu,
        disk_gb=app.usage.disk,
        least_plan=app.plans.least if app.plans else "",
    )
