"""Puts the first goods into an empty catalog, once: what people changed is never forced back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from franchise.catalog.facts import facts
from franchise.catalog.seed.goods import Good, goods

ROWS = {
    "plan": ("Plan", "PlanPrice"),
    "add-on": ("AddOn", "AddOnPrice"),
    "app": ("Offer", "OfferPrice"),
    "bundle": ("Bundle", ""),
    "industry": ("Industry", ""),
}
ACTOR = "system:seed"
# A model of the schema as it is, or as it was when a migration runs.
Models = Callable[[str], Any]


def plant(models: Models) -> bool:
    """True when it did: there was no version of anything. Joins the caller's transaction."""
    if models("CatalogVersion").objects.exists():
        return False
    with connection.cursor() as cursor:  # the database's clock: prices hold from now on
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
    for good in goods():
        _plant_one(models, good, now)
    return True


def _plant_one(models: Models, good: Good, now: datetime) -> None:
    table, prices = (models(name) if name else None for name in ROWS[good.kind])
    assert table is not None
    row = table(slug=good.slug, **good.row)
    price = [(good.price.currency, good.price.minor, now)] if good.price else []
    row.version = models("CatalogVersion").objects.create(
        kind=good.kind,
        slug=good.slug,
        number=1,
        facts=facts(
            good.kind, row, prices=price, apps=good.apps, recommended_plan=good.recommended_plan
        ),
        created_by=ACTOR,
    )
    if good.recommended_plan:
        row.recommended_plan = models("Plan").objects.get(slug=good.recommended_plan)
    row.save()
    if good.price and prices is not None:
        prices.objects.create(
            thing=row, currency=good.price.currency, minor=good.price.minor, valid_from=now
        )
    if good.apps:
        row.apps.set(models("Offer").objects.filter(slug__in=good.apps))
