"""What the catalog's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from catalyst.language.words import lazy
from franchise.catalog.models import Kind, Offer
from franchise.catalog.prices import Told, prices_now
from franchise.catalog.versions import TABLES

PAGE = 50
ON_SALE, SOON, OFF = "on-sale", "coming-soon", "off-sale"
STATES = {ON_SALE: lazy("On sale"), SOON: lazy("Coming soon"), OFF: lazy("Not sold")}


@dataclass(frozen=True, slots=True)
class Row:
    """`included`: it costs nothing, and says so. `pill`: the shared state it looks like."""

    thing: Any
    prices: list[Told]
    included: bool
    state: str

    @property
    def word(self) -> str:
        return STATES[self.state]

    @property
    def percent(self) -> str:
        """The discount of a bundle."""
        return f"{self.thing.discount_bp / 100:g}"

    @property
    def pill(self) -> str:
        return {ON_SALE: "active", SOON: "pending"}.get(self.state, "cancelled")


def page(*, kind: Kind, words: str = "", state: str = "", after: str = "") -> tuple[list[Row], str]:
    """Things in their order, and the slug after which the next page begins ("" for none)."""
    rows = TABLES[kind]._default_manager.select_related("version").order_by("sort", "slug")
    for word in words.split():
        rows = rows.filter(
            Q(slug__icontains=word) | Q(name__icontains=word) | Q(name_ar__icontains=word)
        )
    rows = rows.filter(_in_state(kind, state))
    last = TABLES[kind]._default_manager.filter(slug=after).first() if after else None
    if last is not None:
        rows = rows.filter(Q(sort__gt=last.sort) | Q(sort=last.sort, slug__gt=last.slug))
    found = list(rows[: PAGE + 1])
    more = found[PAGE - 1].slug if len(found) > PAGE else ""
    return [row(each) for each in found[:PAGE]], more


def row(thing: Any) -> Row:
    soon = isinstance(thing, Offer) and thing.coming_soon
    state = (SOON if soon else ON_SALE) if thing.active else OFF
    included = bool(getattr(thing, "included", False))
    return Row(thing, [] if included else prices_now(thing.version.facts), included, state)


def _in_state(kind: Kind, state: str) -> Q:
    """Another state than these three is no filter."""
    if state == OFF:
        return Q(active=False)
    soon = Q(coming_soon=True) if kind == Kind.OFFER else Q(pk=None)
    if state == SOON:
        return Q(active=True) & soon
    if state == ON_SALE:
        return Q(active=True) & (~soon if kind == Kind.OFFER else Q())
    return Q()
