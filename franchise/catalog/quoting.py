"""Works out a quote from the catalog as it is now. Nothing is guessed to be free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from franchise.catalog.closure import come_along
from franchise.catalog.models import (
    AddOn,
    AddOnPrice,
    Bundle,
    Kind,
    Offer,
    OfferKind,
    OfferPrice,
    Plan,
    PlanPrice,
    Sold,
)
from franchise.catalog.quotes import Capacity, Line, NotSold, Quote, Size, discount_of
from franchise.money import EXPONENTS, Money

MILLI = 1000


def quote(
    *,
    currency: str,
    plan: str,
    addons: Iterable[str] = (),
    apps: Iterable[str] = (),
    bundle: str | None = None,
    units: int | None = None,
) -> Quote:
    """The price per month of a choice, by slugs; `units` for a metered Plan and for no other.

    A bundle brings its Apps and takes its discount off the Plan and these Apps. Raises NotSold
    with the field of what is unknown, not sold now, or has no price in this currency.
    """
    if currency not in EXPONENTS:
        raise NotSold(_("Nothing is sold in this currency."), field="currency", name=currency)
    chosen_plan = _one(priced(Plan, PlanPrice, currency), plan, "plan")
    quantity = _quantity(chosen_plan, units)
    offers = {each.slug: each for each in priced(Offer, OfferPrice, currency)}
    pack = _one(Bundle.objects.prefetch_related("apps"), bundle, "bundle") if bundle else None
    packed, later = _of_bundle(pack)
    single = [each for each in _once(apps) if each not in packed]
    for slug in single:
        _must_be_sold(offers.get(slug), slug)
    extras = _all(priced(AddOn, AddOnPrice, currency), addons)

    lines = [_line(Kind.PLAN, chosen_plan, currency, quantity)]
    lines += [_line(Kind.OFFER, offers[slug], currency) for slug in packed]
    if pack:
        lines.append(_discount(pack, lines, currency))
    lines += [_line(Kind.OFFER, offers[slug], currency) for slug in single]
    lines += [_line(Kind.ADD_ON, each, currency) for each in extras]
    whole = come_along(offers, [*packed, *single])
    return Quote(
        currency=currency,
        plan=chosen_plan.slug,
        units=units,
        lines=tuple(lines),
        capacity=Capacity(whole.size, _given(chosen_plan, quantity)),
        services=whole.services,
        later=later,
        needs=whole.needs,
    )


def priced(
    things: type[Sold], prices: type[PlanPrice | AddOnPrice | OfferPrice], currency: str
) -> models.QuerySet[Any, Any]:
    """Rows with `price_minor`, what they cost now by the database's clock; in one statement, so
    that version and price belong together."""
    newest = prices._default_manager.filter(
        thing=OuterRef("pk"), currency=currency, valid_from__lte=Now()
    ).order_by("-valid_from", "-id")
    return things._default_manager.annotate(price_minor=Subquery(newest.values("minor")[:1]))


def _one(rows: models.QuerySet[Any, Any], slug: str, field: str) -> Any:
    found = rows.filter(slug=slug).first()
    if found is None or not found.active:
        raise NotSold(
            _("“%(name)s” is not sold here. Choose another.") % {"name": slug},
            field=field, name=slug,
        )  # fmt: skip
    return found


def _all(rows: models.QuerySet[Any, Any], slugs: Iterable[str]) -> list[Any]:
    wanted = _once(slugs)
    found = {each.slug: each for each in rows.filter(slug__in=wanted, active=True)}
    for slug in wanted:
        if slug not in found:
            raise NotSold(
                _("“%(name)s” is not sold here. Take it out and go on.") % {"name": slug},
                field="addons", name=slug,
            )  # fmt: skip
    return [found[slug] for slug in wanted]


def _once(slugs: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(slugs))


def _quantity(plan: Plan, units: int | None) -> int:
    if not plan.metered:
        if units is not None:
            raise NotSold(_("This Plan has no units."), field="units", name=plan.slug)
        return 1
    most = plan.most_units or 0
    if type(units) is not int or not 1 <= units <= most:
        raise NotSold(
            _("Say how many units, from 1 to %(most)s.") % {"most": most},
            field="units", name=plan.slug,
        )  # fmt: skip
    return units


def _of_bundle(pack: Bundle | None) -> tuple[list[str], tuple[str, ...]]:
    """The Apps that it sells now, and those that are not there yet."""
    if pack is None:
        return [], ()
    there = [each for each in pack.apps.all() if each.active]
    now = [each.slug for each in there if each.can_be_chosen]
    if not now:
        raise NotSold(
            _("No App of “%(name)s” can be had yet.") % {"name": pack.title},
            field="bundle", name=pack.slug,
        )  # fmt: skip
    return now, tuple(each.slug for each in there if each.coming_soon)


def _must_be_sold(offer: Offer | None, slug: str) -> None:
    if offer is not None and offer.can_be_chosen:
        return
    if offer is not None and offer.active and offer.kind == OfferKind.SERVICE:
        words = _("“%(name)s” comes along with the Apps that need it.")
    elif offer is not None and offer.active and offer.coming_soon:
        words = _("“%(name)s” is coming soon and cannot be bought yet.")
    else:
        words = _("“%(name)s” is not sold here. Take it out and go on.")
    raise NotSold(words % {"name": slug}, field="apps", name=slug)


FIELDS: Mapping[Kind, str] = {Kind.PLAN: "plan", Kind.ADD_ON: "addons", Kind.OFFER: "apps"}


def _line(kind: Kind, row: Any, currency: str, quantity: int = 1) -> Line:
    """Raises NotSold for what has no price in this currency and does not say it is included."""
    included = bool(getattr(row, "included", False))
    if not included and row.price_minor is None:
        raise NotSold(
            _("“%(name)s” is not sold in %(currency)s.")
            % {"name": row.title, "currency": currency},
            field=FIELDS[kind], name=row.slug,
        )  # fmt: skip
    unit = Money(0 if included else row.price_minor, currency)
    return _as_line(kind, row, unit, quantity, included=included)


def _discount(pack: Bundle, lines: list[Line], currency: str) -> Line:
    base = sum((line.total for line in lines), Money(0, currency))
    off = discount_of(base, pack.discount_bp)
    return _as_line(Kind.BUNDLE, pack, Money(-off.minor, currency), 1)


def _as_line(kind: Kind, row: Sold, unit: Money, quantity: int, *, included: bool = False) -> Line:
    return Line(
        kind.value, row.slug, row.name, row.name_ar, quantity, unit, row.version_id, included
    )


def _given(plan: Plan, quantity: int) -> Size:
    return Size(plan.vcpu * MILLI, plan.memory_mb, plan.disk_gb).times(quantity)
