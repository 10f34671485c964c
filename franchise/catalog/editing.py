"""How the franchise's people change what is sold: only what they sent, and never what was bought.

Each act is one transaction: rows, the new version, the audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest, Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.blueprints.services import apps as blueprints
from catalyst.blueprints.services import catalogue
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, NotFound
from franchise.catalog import closure, facts, versions
from franchise.catalog.dependencies.graph import check
from franchise.catalog.models import MOST_PRICE_MINOR, CatalogVersion, Kind, Offer, Plan
from franchise.catalog.uses import where_used
from franchise.catalog.versions import PRICES, TABLES

RESERVED = {"new"}
OF_THE_GRAPH = {"depends", "shareable"}
# What an edit may say besides: it is in other tables.
ELSEWHERE = ("prices", "apps", "recommended_plan")


class CatalogChanged(Conflict):
    """`fields`: what somebody else changed meanwhile, and this edit would change as well."""

    type = "catalog-changed"
    title = lazy("Somebody else has changed this")


class InUse(Conflict):
    """`uses`: the slugs that cannot be without it."""

    type = "catalog-in-use"
    title = lazy("Something that is sold needs this")


class SlugTaken(Conflict):
    type = "catalog-slug-taken"
    title = lazy("This short name is taken")


@dataclass(frozen=True, slots=True)
class NewPrice:
    """`minor` None: not sold in this currency. No `since`: from now on."""

    minor: int | None
    since: datetime | None = None


def find(*, kind: Kind, slug: str) -> Any:
    """The row. Raises NotFound."""
    row = TABLES[kind]._default_manager.select_related("version").filter(slug=slug).first()
    if row is None:
        raise NotFound(_("There is no “%(slug)s” in the catalog.") % {"slug": slug})
    return row


def add(
    *,
    kind: Kind,
    slug: str,
    values: Mapping[str, Any],
    actor: str,
    request: HttpRequest | None = None,
) -> Any:
    """Sell a new thing; `values` as in `edit`. Raises Invalid, Unsound, SlugTaken."""
    if kind == Kind.OFFER and slug not in blueprints() and slug not in catalogue().components:
        raise Invalid(
            _("There is no Blueprint “%(slug)s”. An App is sold by its Blueprint's name.")
            % {"slug": slug},
            field="slug",
        )
    if slug in RESERVED:
        raise Invalid(_("This short name is an address of ours. Choose another."), field="slug")
    # The row and its first version name each other: the version's id is drawn beforehand.
    row = TABLES[kind](slug=slug, version_id=versions.next_id(), **_own(kind, values))
    with transaction.atomic():
        _lock_the_graph(kind, values)
        _relate(row, values)
        _judge(row)
        _insert(row)
        _attach(kind, row, values)
        _must_be_sound(kind, values)
        made = versions.keep(kind, row, actor=actor, id=row.version_id)
        record(
            actor=actor,
            act="franchise.catalog-add",
            object=object_of(kind, slug),
            after={"version": made.number, **made.facts},
            request=request,
        )
    return row


def _insert(row: Any) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise SlugTaken(
            _("“%(slug)s” is in the catalog already. Choose another.") % {"slug": row.slug},
            field="slug",
        ) from error


def edit(
    *,
    kind: Kind,
    slug: str,
    changes: Mapping[str, Any],
    actor: str,
    based_on: int | None = None,
    request: HttpRequest | None = None,
) -> Any:
    """Change just these fields; what is the same already makes no version.

    `changes`: the fields of facts.FIELDS, `prices` (currency → NewPrice), `apps` (slugs),
    `recommended_plan` (slug or ""). `based_on`: the number of the version that the person saw; what
    others changed since then is kept. Raises NotFound, Invalid, Unsound, CatalogChanged, InUse.
    """
    with transaction.atomic():
        row = _locked(kind, slug, changes)
        before = versions.facts_of(kind, row)
        if based_on is not None:
            _must_not_cross(kind, slug, changes, before, based_on)
        for name, value in _own(kind, changes).items():
            setattr(row, name, value)
        _relate(row, changes)
        _judge(row)
        row.save()
        _attach(kind, row, changes)
        _must_be_sound(kind, changes)
        after = versions.facts_of(kind, row)
        different = facts.changed(before, after)
        if not different:
            return row
        if "active" in different and not row.active:
            _must_not_break(kind, slug)
        made = versions.keep(kind, row, actor=actor)
        record(
            actor=actor,
            act="franchise.catalog-edit",
            object=object_of(kind, slug),
            before={name: old for name, (old, _new) in different.items()},
            after={"version": made.number, **{n: new for n, (_old, new) in different.items()}},
            request=request,
        )
    return row


def _locked(kind: Kind, slug: str, changes: Mapping[str, Any]) -> Any:
    _lock_the_graph(kind, changes)
    rows = TABLES[kind]._default_manager.select_for_update()
    return rows.filter(slug=slug).first() or find(kind=kind, slug=slug)


def _lock_the_graph(kind: Kind, values: Mapping[str, Any]) -> None:
    """Two edits that are each harmless could close a circle: they come one after the other, and
    lock all offers in one order before any of them."""
    if kind == Kind.OFFER and values.keys() & OF_THE_GRAPH:
        list(Offer.objects.select_for_update().order_by("pk").values_list("pk"))


def object_of(kind: Kind, slug: str) -> str:
    """What the audit calls a thing of the catalog."""
    return f"catalog:{kind.value}/{slug}"


def _own(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the row's own fields. Raises KeyError for what a thing of this kind has not."""
    known = facts.FIELDS[kind]
    if lost := values.keys() - {*known, *ELSEWHERE}:
        raise KeyError(f"a {kind} has no {sorted(lost)}")
    return {name: values[name] for name in known if name in values}


def _relate(row: Any, values: Mapping[str, Any]) -> None:
    if "recommended_plan" in values:
        slug = values["recommended_plan"]
        row.recommended_plan = Plan.objects.filter(slug=slug).first() if slug else None
        if slug and row.recommended_plan is None:
            raise Invalid(
                _("There is no Plan “%(slug)s”.") % {"slug": slug}, field="recommended_plan"
            )


def _judge(row: Any) -> None:
    """Raises Invalid for what the database would refuse, beside its field."""
    try:
        row.full_clean(exclude=("version", "features", "depends"), validate_unique=False)
    except ValidationError as error:
        field, said = next(iter(error.message_dict.items()))
        if field == "__all__":
            raise Invalid(
                _("These figures do not go together. Nothing was changed."), field="__all__"
            ) from error
        raise Invalid(said[0], field=field) from error


def _attach(kind: Kind, row: Any, values: Mapping[str, Any]) -> None:
    for currency, price in values.get("prices", {}).items():
        _set_price(kind, row, currency, price)
    if "apps" in values:
        wanted = set(values["apps"])
        found = list(Offer.objects.filter(slug__in=wanted))
        if lost := wanted - {each.slug for each in found}:
            raise Invalid(
                _("“%(name)s” is no App of the catalog.") % {"name": min(lost)}, field="apps"
            )
        row.apps.set(found)


def _set_price(kind: Kind, row: Any, currency: str, price: NewPrice) -> None:
    if price.minor is not None and not 0 < price.minor <= MOST_PRICE_MINOR:
        raise Invalid(
            _("A price is more than nothing. What costs nothing is included."),
            field=f"price_{currency}",
        )
    rows = PRICES[kind]._default_manager.filter(thing=row, currency=currency)
    begun = rows.filter(valid_from__lte=Now()).order_by("-valid_from", "-id").first()
    if price.since is None and price.minor == (begun.minor if begun else None):
        return
    since = Greatest(Value(price.since), Now()) if price.since else Now()
    PRICES[kind]._default_manager.create(
        thing=row, currency=currency, minor=price.minor, valid_from=since
    )


def _must_be_sound(kind: Kind, values: Mapping[str, Any]) -> None:
    if kind == Kind.OFFER and values.keys() & OF_THE_GRAPH:
        try:
            check(closure.things(Offer.objects.all()))
        except ValueError as error:
            raise Invalid(_("These dependencies cannot be read."), field="depends") from error


def _must_not_cross(
    kind: Kind, slug: str, changes: Mapping[str, Any], now: Mapping[str, Any], number: int
) -> None:
    seen = CatalogVersion.objects.filter(kind=kind, slug=slug, number=number).first()
    if seen is None:
        raise NotFound(_("There is no such version."))
    crossed = facts.changed(_touched(seen.facts, changes), _touched(now, changes))
    if crossed:
        raise CatalogChanged(
            _("Look at what it is now, and change it again if you still want to."),
            fields=sorted(crossed),
        )


def _touched(told: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the facts that an edit is about; of prices the currencies it sets."""
    part = {name: told.get(name) for name in changes if name != "prices"}
    prices = told.get("prices", {})
    return part | {currency: prices.get(currency) for currency in changes.get("prices", {})}


def _must_not_break(kind: Kind, slug: str) -> None:
    uses = [use.slug for use in where_used(kind=kind, slug=slug) if use.breaks]
    if uses:
        raise InUse(
            _("%(uses)s cannot be without it. Take these out of sale first.")
            % {"uses": ", ".join(uses)},
            uses=uses,
        )
