"""What a customer may choose from, with what it costs now. For showing: what is paid, `quote`
says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalyst.blueprints.services import App
from catalyst.blueprints.services import apps as blueprints
from franchise.catalog.closure import needs_of
from franchise.catalog.models import (
    AddOn,
    AddOnPrice,
    Bundle,
    Industry,
    Offer,
    OfferKind,
    OfferPrice,
    Plan,
    PlanPrice,
)
from franchise.catalog.quoting import priced
from franchise.money import Money


@dataclass(frozen=True, slots=True)
class Goods:
    """Something on the shelf. `price` None: it is included. `blueprint`: of an App, if known.

    `brings`: titles of what comes along with an App.
    """

    thing: Any
    price: Money | None
    blueprint: App | None = None
    brings: tuple[str, ...] = ()

    @property
    def icon(self) -> str:
        return self.blueprint.icon if self.blueprint else "package"

    @property
    def about(self) -> str:
        """Its words: the catalog's, else the Blueprint's."""
        if self.thing.words or self.blueprint is None:
            return str(self.thing.words)
        return _(self.blueprint.summary)


def plans(*, currency: str) -> list[Goods]:
    """Those on sale, in the franchise's order."""
    return _sold(priced(Plan, PlanPrice, currency), currency)


def addons(*, currency: str) -> list[Goods]:
    """Those on sale; the included ones cost nothing and say so."""
    return _sold(priced(AddOn, AddOnPrice, currency), currency)


def offers(*, currency: str) -> list[Goods]:
    """Apps that are shown: those on sale, and those that are coming."""
    rows = priced(Offer, OfferPrice, currency).filter(listed=True, kind=OfferKind.APPLICATION)
    titles = dict(Offer.objects.values_list("slug", "name"))
    known = blueprints()
    return [
        Goods(each.thing, each.price, known.get(each.thing.slug), _brings(each.thing, titles))
        for each in _sold(rows, currency)
    ]


def titles(*, slugs: Iterable[str]) -> list[str]:
    """What these Apps are called; unknown slugs stay as they are."""
    found = {each.slug: each.title for each in Offer.objects.filter(slug__in=slugs)}
    return [found.get(slug, slug) for slug in slugs]


def bundles() -> list[Bundle]:
    """Those of which at least one App can be had."""
    rows = Bundle.objects.filter(active=True).prefetch_related("apps")
    return [each for each in rows if any(app.can_be_chosen for app in each.apps.all())]


def industries() -> list[Industry]:
    rows = Industry.objects.filter(active=True).prefetch_related("apps")
    return [each for each in rows if any(app.can_be_chosen for app in each.apps.all())]


def _sold(rows: QuerySet[Any, Any], currency: str) -> list[Goods]:
    """Without what nobody can buy in this currency."""
    found = []
    for each in rows.filter(active=True):
        included = bool(getattr(each, "included", False))
        soon = bool(getattr(each, "coming_soon", False))
        if included or soon or each.price_minor is not None:
            price = None if included or soon else Money(each.price_minor, currency)
            found.append(Goods(each, price))
    return found


def _brings(offer: Offer, titles: dict[str, str]) -> tuple[str, ...]:
    try:
        needs = needs_of(offer)
    except ValueError:  # dependencies that nobody can read: the quote says so when it is chosen
        return ()
    return tuple(titles.get(each.blueprint, each.blueprint) for each in needs)
