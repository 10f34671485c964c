"""What a version keeps of a thing: every field, its prices, the Apps in it. Pure reading of rows.

It takes rows of any state of the schema (the migration that plants the first goods has its own).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

WORDS = ("name", "name_ar", "summary", "summary_ar", "sort", "active")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "plan": (
        *WORDS, "kind", "vcpu", "memory_mb", "disk_gb", "most_units", "popular", "features",
    ),
    "add-on": (*WORDS, "category", "included"),
    "app": (
        *WORDS, "kind", "category", "listed", "coming_soon", "included", "shareable",
        "memory_mb", "cpu_milli", "disk_gb", "depends",
    ),
    "bundle": (*WORDS, "discount_bp"),
    "industry": WORDS,
}  # fmt: skip
PRICED = ("plan", "add-on", "app")
OF_APPS = ("bundle", "industry")
# (currency, minor units or None for "not sold any more", from when)
PriceRow = tuple[str, int | None, datetime | None]


def facts(
    kind: str,
    row: Any,
    *,
    prices: Iterable[PriceRow] = (),
    apps: Iterable[str] = (),
    recommended_plan: str = "",
) -> dict[str, Any]:
    """All that a thing says, as JSON."""
    told: dict[str, Any] = {name: getattr(row, name) for name in FIELDS[kind]}
    if kind in PRICED:
        told["prices"] = _by_currency(prices)
    if kind in OF_APPS:
        told["apps"] = sorted(apps)
    if kind == "bundle":
        told["recommended_plan"] = recommended_plan
    return told


def _by_currency(prices: Iterable[PriceRow]) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    for currency, minor, since in prices:
        from_ = since.isoformat() if since else ""
        told.setdefault(currency, []).append({"minor": minor, "from": from_})
    return dict(sorted(told.items()))


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (before, after), for those that differ."""
    return {
        name: (before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
