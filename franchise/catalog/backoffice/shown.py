"""A change of the catalog in words: which field, what it was and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from franchise.catalog.prices import Told, every_price
from franchise.catalog.versions import Change

LABELS = {
    "name": lazy("Name"),
    "name_ar": lazy("Name in Arabic"),
    "summary": lazy("In one sentence"),
    "summary_ar": lazy("In one sentence, in Arabic"),
    "sort": lazy("Place"),
    "active": lazy("On sale"),
    "kind": lazy("Kind"),
    "vcpu": lazy("vCPU"),
    "memory_mb": lazy("Memory in MiB"),
    "cpu_milli": lazy("CPU in thousandths of a core"),
    "disk_gb": lazy("Disk in GB"),
    "most_units": lazy("Most units"),
    "popular": lazy("Marked as popular"),
    "features": lazy("What it promises"),
    "category": lazy("Category"),
    "included": lazy("Included with every Plan, at no price"),
    "listed": lazy("Shown in the grid"),
    "coming_soon": lazy("Coming soon, not to be bought yet"),
    "shareable": lazy("One copy serves several Apps"),
    "depends": lazy("Needs"),
    "discount_bp": lazy("Discount in percent"),
    "apps": lazy("Apps"),
    "recommended_plan": lazy("Recommended Plan"),
    "prices": lazy("Prices"),
}


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Shown:
    number: int
    by: str
    at: datetime
    fields: list[Field]


def shown(change: Change) -> Shown:
    """For people to read."""
    fields = [
        Field(LABELS.get(name, name), _said(name, before), _said(name, after))
        for name, (before, after) in change.fields.items()
    ]
    return Shown(change.number, change.by, change.at, fields)


def _said(name: str, value: Any) -> str:
    if name == "prices":
        return ", ".join(map(_price, every_price({"prices": value or {}}))) or "–"
    if name == "discount_bp":
        return f"{value / 100:g}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(_item(each) for each in value) or "–"
    return str(value) if value not in (None, "") else "–"


def _price(price: Told) -> str:
    """With its day, so that a price for later reads as one."""
    amount = price.amount or f"{price.currency} –"
    return f"{amount} ({price.since.date().isoformat()})"


def _item(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("en") or value.get("blueprint"))
    return str(value)
