"""The goods Catalyst comes with, as values; `plant` puts them into the tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from catalyst.blueprints.files import read
from catalyst.blueprints.services import apps
from franchise.money import Money

FILE = Path(__file__).with_name("seed.yaml")
MB_PER_GB = 1024
BP_PER_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Good:
    """`row`: values of its fields. No price: it costs nothing, or (bundle, industry) has none."""

    kind: str
    slug: str
    row: dict[str, Any]
    price: Money | None = None
    apps: tuple[str, ...] = ()
    recommended_plan: str = ""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    name_ar: str = ""
    summary: str = ""
    summary_ar: str = ""

    def words(self, place: int) -> dict[str, Any]:
        told = self.model_dump(include={"name", "name_ar", "summary", "summary_ar"})
        return {**told, "sort": (place + 1) * 10}


class _Size(BaseModel):
    vcpu: int
    memory_gb: int
    disk_gb: int


class _Plan(_Told):
    kind: str = "fixed"
    price: str
    popular: bool = False
    most_units: int | None = None
    size: _Size
    features: tuple[str, ...]


class _AddOn(_Told):
    category: str
    price: str = ""


class _Bundle(_Told):
    discount_percent: int
    recommended_plan: str
    apps: tuple[str, ...]


class _Industry(_Told):
    apps: tuple[str, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: str
    plans: dict[str, _Plan]
    features: dict[str, dict[str, str]]
    add_ons: dict[str, _AddOn]
    bundles: dict[str, _Bundle]
    industries: dict[str, _Industry]


def goods() -> list[Good]:
    """Each after those it names."""
    told = _File.model_validate(read(FILE))
    made = [_offer(place, slug) for place, slug in enumerate(apps())]
    for place, (slug, plan) in enumerate(told.plans.items()):
        made.append(_plan(place, slug, plan, told))
    for place, (slug, each) in enumerate(told.add_ons.items()):
        price = Money.parse(each.price, told.currency) if each.price else None
        row = {**each.words(place), "category": each.category, "included": price is None}
        made.append(Good("add-on", slug, row, price))
    for place, (slug, bundle) in enumerate(told.bundles.items()):
        row = {**bundle.words(place), "discount_bp": bundle.discount_percent * BP_PER_PERCENT}
        made.append(
            Good("bundle", slug, row, apps=bundle.apps, recommended_plan=bundle.recommended_plan)
        )
    for place, (slug, industry) in enumerate(told.industries.items()):
        made.append(Good("industry", slug, industry.words(place), apps=industry.apps))
    return made


def _plan(place: int, slug: str, plan: _Plan, told: _File) -> Good:
    row = {
        **plan.words(place),
        "kind": plan.kind,
        "vcpu": plan.size.vcpu,
        "memory_mb": plan.size.memory_gb * MB_PER_GB,
        "disk_gb": plan.size.disk_gb,
        "most_units": plan.most_units,
        "popular": plan.popular,
        "features": [told.features[each] for each in plan.features],
    }
    return Good("plan", slug, row, Money.parse(plan.price, told.currency))


def _offer(place: int, slug: str) -> Good:
    """An App as its Blueprint says it is. Its Arabic summary is in our own dictionary."""
    app = apps()[slug]
    row = {
        "name": app.title,
        "summary": app.summary,
        "sort": (place + 1) * 10,
        "kind": "service" if app.system else "application",
        "category": app.category,
        "listed": not app.system,
        "coming_soon": not app.offered,
        "included": True,
        "shareable": app.system,
        "memory_mb": app.usage.memory,
        "cpu_milli": app.usage.cpu,
        "disk_gb": app.usage.disk,
        "depends": None,
    }
    return Good("app", slug, row)
