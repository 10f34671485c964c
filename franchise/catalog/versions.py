"""Every edit leaves what the thing is now as a version; the versions tell who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from franchise.catalog import facts as told
from franchise.catalog.facts import PriceRow
from franchise.catalog.models import (
    AddOn,
    AddOnPrice,
    Bundle,
    CatalogVersion,
    Industry,
    Kind,
    Offer,
    OfferPrice,
    Plan,
    PlanPrice,
    Sold,
)

TABLES: dict[Kind, type[Sold]] = {
    Kind.PLAN: Plan,
    Kind.ADD_ON: AddOn,
    Kind.OFFER: Offer,
    Kind.BUNDLE: Bundle,
    Kind.INDUSTRY: Industry,
}
PRICES: dict[Kind, type[PlanPrice | AddOnPrice | OfferPrice]] = {
    Kind.PLAN: PlanPrice,
    Kind.ADD_ON: AddOnPrice,
    Kind.OFFER: OfferPrice,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One version: who made it, when, and field → (before, after)."""

    number: int
    by: str
    at: datetime
    fields: dict[str, tuple[Any, Any]]


def facts_of(kind: Kind, row: Any) -> dict[str, Any]:
    """All that a thing says now, from its rows."""
    apps = row.apps.values_list("slug", flat=True) if kind in told.OF_APPS else ()
    plan = row.recommended_plan.slug if kind == Kind.BUNDLE and row.recommended_plan else ""
    prices = _prices(kind, row) if kind in PRICES else ()
    return told.facts(kind, row, prices=prices, apps=apps, recommended_plan=plan)


def _prices(kind: Kind, row: Any) -> list[PriceRow]:
    """Of each currency the price that holds now and those that will hold later, oldest first."""
    begun = ExpressionWrapper(Q(valid_from__lte=Now()), output_field=BooleanField())
    rows = PRICES[kind]._default_manager.filter(thing=row).annotate(begun=begun)
    now: dict[str, PriceRow] = {}
    later: list[PriceRow] = []
    for each in rows.order_by("valid_from", "id"):
        price = (each.currency, each.minor, each.valid_from)
        if each.begun:
            now[each.currency] = price
        else:
            later.append(price)
    sold = [price for price in now.values() if price[1] is not None]
    return [*sold, *later]


def next_id() -> int:
    """For a version that a row names before it is written: their key is checked at the end."""
    table = CatalogVersion._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


def keep(kind: Kind, row: Any, *, actor: str, id: int | None = None) -> CatalogVersion:
    """Write down what the thing is now as its next version, and make the row point at it.

    The caller holds the row's lock, or has just made it with `id`, from `next_id`.
    """
    last = CatalogVersion.objects.filter(kind=kind, slug=row.slug).order_by("-number").first()
    made = CatalogVersion.objects.create(
        pk=id,
        kind=kind,
        slug=row.slug,
        number=last.number + 1 if last else 1,
        facts=facts_of(kind, row),
        created_by=actor,
    )
    type(row).objects.filter(pk=row.pk).update(version=made)
    row.version = made
    return made


def history(
    *, kind: Kind, slug: str, before: int | None = None, limit: int = 20
) -> tuple[list[Change], int | None]:
    """Newest first, and the number to ask for the older ones by."""
    rows = CatalogVersion.objects.filter(kind=kind, slug=slug).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: limit + 1])
    older: list[CatalogVersion | None] = [*found[1:], None]
    changes = [
        Change(
            each.number, each.created_by, each.created_at,
            told.changed(earlier.facts, each.facts) if earlier is not None else {},
        )
        for each, earlier in zip(found, older, strict=True)
    ][:limit]  # fmt: skip
    return changes, found[limit - 1].number if len(found) > limit else None
