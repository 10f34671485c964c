"""The door of this room: what is sold, what a choice costs, and how the franchise changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps as installed
from django.db import transaction
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from franchise.catalog.editing import CatalogChanged, InUse, NewPrice, SlugTaken, add, edit, find
from franchise.catalog.models import CatalogVersion, Kind, Offer, Plan
from franchise.catalog.quotes import Capacity, Line, NotSold, PriceChanged, Quote, Size
from franchise.catalog.quoting import quote
from franchise.catalog.seed.plant import plant
from franchise.catalog.uses import Use, on_where_used, where_used
from franchise.catalog.versions import Change, history

__all__ = [
    "Capacity",
    "CatalogChanged",
    "CatalogVersion",
    "Change",
    "InUse",
    "Kind",
    "Limits",
    "Line",
    "NewPrice",
    "NotSold",
    "PriceChanged",
    "Quote",
    "Size",
    "SlugTaken",
    "Use",
    "add",
    "choosable",
    "edit",
    "find",
    "history",
    "limits_of",
    "on_where_used",
    "quote",
    "seed",
    "version",
    "versions",
    "where_used",
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an Organization may use: of a metered Plan the units it bought, or at most may buy."""

    plan: str
    metered: bool
    vcpu: int
    memory_mb: int
    disk_gb: int


def limits_of(*, plan: str, units: int | None = None) -> Limits:
    """For quotas; also of a Plan that is not sold any more. Raises NotSold(field="plan")."""
    row = Plan.objects.filter(slug=plan).first()
    if row is None:
        raise NotSold(field="plan", name=plan)
    times = (units or row.most_units or 1) if row.metered else 1
    return Limits(
        row.slug, row.metered, row.vcpu * times, row.memory_mb * times, row.disk_gb * times
    )


def versions(*, ids: Sequence[int]) -> dict[int, CatalogVersion]:
    """What was bought, by id: stays as it was whatever happens to the catalog."""
    return CatalogVersion.objects.in_bulk(ids)


def version(*, kind: Kind, slug: str, number: int) -> CatalogVersion:
    """One version of a thing. Raises NotFound."""
    found = CatalogVersion.objects.filter(kind=kind, slug=slug, number=number).first()
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def choosable() -> set[str]:
    """Slugs of the Apps that may be chosen now, by themselves."""
    return {each.slug for each in Offer.objects.all() if each.can_be_chosen}


@transaction.atomic
def seed() -> bool:
    """Plant the first goods if there never were any (a migration did; tests empty tables)."""
    return plant(lambda name: installed.get_model("franchise", name))
