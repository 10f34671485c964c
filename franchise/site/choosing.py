"""One act on a cart, `verb:name`, and the words for what it did. What is not sold is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.language.things import listed
from franchise.catalog.models import AddOn, Bundle, Industry, Offer, Plan
from franchise.site import carts
from franchise.site.here import lacking
from franchise.site.models import Cart

MOST = 60  # of one sort in a cart


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to say."""

    words: str = ""
    refused: bool = False


def act(request: HttpRequest, told: str) -> Outcome:
    """Do `verb:name` (verbs: see `VERBS`) to this visitor's cart."""
    verb, _colon, name = told.partition(":")
    if verb not in VERBS or not re.fullmatch(r"[a-z0-9-]{0,40}", name):
        return _no(_("This page does not know that. Nothing was changed."))
    with transaction.atomic():
        cart = carts.locked(request)
        outcome = VERBS[verb](cart, name)
        if not outcome.refused:
            keep(cart)
    return outcome


def keep(cart: Cart) -> None:
    cart.changed_at = Now()
    cart.save()


def name_it(request: HttpRequest, *, name: str, slug: str) -> None:
    """What the Organization is to be called; judged when it is made."""
    with transaction.atomic():
        cart = carts.locked(request)
        cart.name, cart.slug = name[:120], slug[:30]
        keep(cart)


def _plan(cart: Cart, name: str) -> Outcome:
    """`slug` or, of a metered one, `slug` with its units set by `units`."""
    plan = Plan.objects.filter(slug=name, active=True).first()
    if plan is None:
        return _no(_("This Plan is not sold any more. Choose another."))
    cart.plan = plan.slug
    cart.units = (cart.units or 1) if plan.metered else None
    return Outcome(_("Plan %(name)s is chosen.") % {"name": plan.title})


def _units(cart: Cart, name: str) -> Outcome:
    plan = Plan.objects.filter(slug=cart.plan, active=True).first()
    if plan is None or not plan.metered:
        return _no(_("This Plan has no units."))
    most = plan.most_units or 1
    if not name.isdigit() or not 1 <= int(name) <= most:
        return _no(_("Say how many units, from 1 to %(most)s.") % {"most": most})
    cart.units = int(name)
    return Outcome(_("%(units)s units are chosen.") % {"units": cart.units})


def _add_app(cart: Cart, name: str) -> Outcome:
    offer = Offer.objects.filter(slug=name).first()
    if offer is None or not offer.can_be_chosen or name in lacking():
        soon = offer is not None and offer.active and (offer.coming_soon or name in lacking())
        return _no(_("This App is coming soon and cannot be chosen yet.") if soon
                   else _("This App is not sold here."))  # fmt: skip
    cart.apps = _with(cart.apps, [name])
    return Outcome(_("%(name)s is added.") % {"name": offer.title})


def _remove_app(cart: Cart, name: str) -> Outcome:
    if name not in cart.apps and (pack := _bundle_of(cart)):
        # Out of the bundle as well: its other Apps stay, its discount goes.
        cart.bundle = ""
        cart.apps = _with(cart.apps, [a.slug for a in pack.apps.all() if a.can_be_chosen])
    cart.apps = [each for each in cart.apps if each != name]
    return Outcome(_("%(name)s is taken out.") % {"name": _title(Offer, name)})


def _industry(cart: Cart, name: str) -> Outcome:
    """Its Apps beside what was chosen; those that are not there yet are named, not added."""
    found = Industry.objects.filter(slug=name, active=True).first()
    if found is None:
        return _no(_("This template is not offered any more."))
    apps = [each for each in found.apps.all() if each.active]
    now = [each for each in apps if each.can_be_chosen and each.slug not in lacking()]
    later = [each.title for each in apps if each.coming_soon or each.slug in lacking()]
    cart.apps = _with(cart.apps, [each.slug for each in now])
    words = _("Added for “%(name)s”: %(apps)s.") % {
        "name": found.title, "apps": listed([each.title for each in now]),
    }  # fmt: skip
    if later:
        words += " " + _("Coming soon, and left out: %(apps)s.") % {"apps": listed(later)}
    return Outcome(words)


def _bundle(cart: Cart, name: str) -> Outcome:
    found = Bundle.objects.filter(slug=name, active=True).first()
    if found is None:
        return _no(_("This bundle is not sold any more."))
    cart.bundle = found.slug
    inside = set(found.apps.values_list("slug", flat=True))
    cart.apps = [each for each in cart.apps if each not in inside]
    return Outcome(_("The bundle %(name)s is chosen.") % {"name": found.title})


def _drop_bundle(cart: Cart, name: str) -> Outcome:
    cart.bundle = ""
    return Outcome(_("The bundle is taken out."))


def _add_addon(cart: Cart, name: str) -> Outcome:
    found = AddOn.objects.filter(slug=name, active=True).first()
    if found is None:
        return _no(_("This add-on is not sold here."))
    cart.addons = _with(cart.addons, [name])
    return Outcome(_("%(name)s is added.") % {"name": found.title})


def _remove_addon(cart: Cart, name: str) -> Outcome:
    cart.addons = [each for each in cart.addons if each != name]
    return Outcome(_("%(name)s is taken out.") % {"name": _title(AddOn, name)})


VERBS: dict[str, Callable[[Cart, str], Outcome]] = {
    "plan": _plan,
    "units": _units,
    "add-app": _add_app,
    "remove-app": _remove_app,
    "industry": _industry,
    "bundle": _bundle,
    "drop-bundle": _drop_bundle,
    "add-addon": _add_addon,
    "remove-addon": _remove_addon,
}


def _no(words: str) -> Outcome:
    return Outcome(words, refused=True)


def _with(there: list[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*there, *more]))[:MOST]


def _bundle_of(cart: Cart) -> Bundle | None:
    return Bundle.objects.filter(slug=cart.bundle).first() if cart.bundle else None


def _title(table: type[Offer] | type[AddOn], slug: str) -> str:
    found = table._default_manager.filter(slug=slug).first()
    return found.title if found else slug
