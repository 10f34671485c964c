"""The editors of the catalog: one shelf per kind of thing, a list and a page for each.

A form sends what it shows; what is not sent, or is as the person saw it, is not changed.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.blueprints.services import apps as blueprints
from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, NotFound
from franchise.catalog import services
from franchise.catalog.backoffice import selectors
from franchise.catalog.backoffice.forms import FORMS, ThingForm, initial_of, with_slug
from franchise.catalog.backoffice.shown import shown
from franchise.catalog.config.form import ConfigForm
from franchise.catalog.models import Kind
from franchise.catalog.prices import prices_later
from franchise.paging import before

SHELVES = {
    "plans": Kind.PLAN,
    "apps": Kind.OFFER,
    "add-ons": Kind.ADD_ON,
    "bundles": Kind.BUNDLE,
    "industries": Kind.INDUSTRY,
}
TABS = {
    "plans": lazy("Plans"),
    "apps": lazy("Apps"),
    "add-ons": lazy("Add-ons"),
    "bundles": lazy("Bundles"),
    "industries": lazy("Industries"),
}


@require_safe
@requires("catalog.manage")
def shelf(request: HttpRequest, shelf: str = "plans") -> HttpResponse:
    """The things of one kind, in the order in which customers see them."""
    kind, query = _kind(shelf), request.GET
    words, state = query.get("q", "")[:80].replace("\0", ""), query.get("state", "")
    rows, after = selectors.page(
        kind=kind, words=words, state=state, after=query.get("after", "")[:40].replace("\0", "")
    )
    following = query.copy()
    following["after"] = after
    context = {
        "rows": rows, "words": words, "state": state, "states": selectors.STATES.items(),
        "following": f"?{following.urlencode()}" if after else "",
        "filtered": bool(words or state), **_place(shelf, kind),
    }  # fmt: skip
    return render(request, "franchise/catalog/shelf.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("catalog.manage")
def new(request: HttpRequest, shelf: str) -> HttpResponse:
    """Sell something new."""
    kind = _kind(shelf)
    form = with_slug(FORMS[kind])(request.POST if request.method == "POST" else None, initial={})
    if form.is_bound and form.is_valid():
        values = form.changes()
        slug = values.pop("slug")
        try:
            services.add(
                kind=kind, slug=slug, values=values, actor=str(request.user), request=request
            )
        except (Invalid, Conflict) as problem:
            form.say(problem)
        else:
            messages.success(request, _("It is in the catalog."))
            return redirect("catalog-good", shelf, slug)
    return _page(
        request, "franchise/catalog/new.html", form, {**_place(shelf, kind), "here": "new"}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("catalog.manage")
def good(request: HttpRequest, shelf: str, good: str) -> HttpResponse:
    """One thing: what it is, where it is used, how it came to be so; POST changes what was sent."""
    kind = _kind(shelf)
    row = services.find(kind=kind, slug=good)
    if request.method != "POST":
        return _good(request, shelf, row, FORMS[kind](initial=initial_of(kind, row.version.facts)))
    seen = _seen(request, kind, row)
    form = FORMS[kind](request.POST, initial=initial_of(kind, seen.facts))
    if form.is_valid():
        try:
            services.edit(
                kind=kind, slug=good, changes=form.changes(), actor=str(request.user),
                based_on=seen.number, request=request,
            )  # fmt: skip
        except (Invalid, Conflict) as problem:
            form.say(problem)
        else:
            messages.success(request, _("Saved. What was bought before stays as it was."))
            return redirect("catalog-good", shelf, good)
    return _good(request, shelf, row, form)


@require_POST
@requires("catalog.manage")
def sale(request: HttpRequest, shelf: str, good: str) -> HttpResponse:
    """Take a thing out of sale, or sell it again."""
    on = request.POST.get("sell") == "yes"
    services.edit(
        kind=_kind(shelf), slug=good, changes={"active": on}, actor=str(request.user),
        request=request,
    )  # fmt: skip
    done = _("It is sold again.") if on else _("It is not sold any more. Whoever has it keeps it.")
    messages.success(request, done)
    return redirect("catalog-good", shelf, good)


def _kind(shelf: str) -> Kind:
    if shelf not in SHELVES:
        raise NotFound(_("There is no such part of the catalog."))
    return SHELVES[shelf]


def _seen(request: HttpRequest, kind: Kind, row: Any) -> services.CatalogVersion:
    """The version that the person had before them; without a word of it that of now."""
    number = request.POST.get("based_on", "")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        return row.version  # type: ignore[no-any-return]
    return services.version(kind=kind, slug=row.slug, number=int(number))


def _place(shelf: str, kind: Kind) -> dict[str, Any]:
    return {"shelf": shelf, "kind": kind.value, "tabs": TABS.items(), "shelf_word": TABS[shelf]}


def _good(request: HttpRequest, shelf: str, row: Any, form: ThingForm) -> HttpResponse:
    kind = SHELVES[shelf]
    changes, older = services.history(kind=kind, slug=row.slug, before=before(request))
    context = {
        "here": row.slug,
        "row": selectors.row(row),
        "thing": row,
        # After a refusal the form still stands on the version that the person saw.
        "based_on": form.data.get("based_on") or row.version.number,
        "uses": services.where_used(kind=kind, slug=row.slug),
        "later": prices_later(row.version.facts),
        "history": [shown(change) for change in changes],
        "older": older,
        "settings": _settings(kind, row.slug),
        **_place(shelf, kind),
    }
    return _page(request, "franchise/catalog/good.html", form, context)


def _settings(kind: Kind, slug: str) -> ConfigForm | None:
    """The form that customers get for an App, to be looked at."""
    app = blueprints().get(slug) if kind == Kind.OFFER else None
    return ConfigForm(app.config_schema, prefix="config") if app and app.config_schema else None


def _page(
    request: HttpRequest, template: str, form: ThingForm, context: dict[str, Any]
) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)
