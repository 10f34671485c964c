"""The shop: plans, Apps, add-ons and the review. Each click is one act on the cart; the page says
what it did. Nothing here needs a log-in or a script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalyst.identity.permissions import names
from catalyst.limits.gate import TooMany, by_address, count, too_many, with_headers
from catalyst.problem import Problem
from franchise.catalog import shop
from franchise.organizations import services as organizations
from franchise.site import carts, choosing, reckoning, shelf
from franchise.site.choosing import Outcome
from franchise.site.forms import NameForm
from franchise.site.models import Cart
from franchise.site.steps import steps

ROOM = "franchise/site"
REFUSED = 422
FEATURED = 6


@require_safe
@never_cache
@names("anyone")
def front(request: HttpRequest) -> HttpResponse:
    """What is sold here, and where to begin; at the console's own name, the way to the console."""
    ours = settings.CATALYST
    host = request.get_host()
    if host == urlsplit(ours.public_url).netloc and host != ours.sovereign_fqdn:
        return redirect("home")
    currency = reckoning.currency()
    cards = [
        card for card in shelf.all_cards(carts.of(request), currency=currency) if not card.soon
    ]
    context = {"cards": cards[:FEATURED], "plans": shop.plans(currency=currency)[:4]}
    return render(request, f"{ROOM}/front.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@names("anyone")
def plans(request: HttpRequest) -> HttpResponse:
    """The Plans side by side."""
    return _step(request, "plans", lambda: {"plans": shop.plans(currency=reckoning.currency())})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@names("anyone")
def apps(request: HttpRequest) -> HttpResponse:
    """The grid; `q` and `category` narrow it."""

    def told() -> dict[str, Any]:
        words = request.GET.get("q", "")[:80].replace("\0", "")
        category = request.GET.get("category", "")[:40].replace("\0", "")
        cart, currency = carts.of(request), reckoning.currency()
        return {
            "shelf": shelf.shelf(cart, currency=currency, words=words, category=category),
            "words": words, "category": category, "query": request.GET.urlencode(),
            "industries": shop.industries(),
            "bundles": [(each, each.slug == cart.bundle) for each in shop.bundles()],
        }  # fmt: skip

    return _step(request, "apps", told)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@names("anyone")
def app(request: HttpRequest, app: str) -> HttpResponse:
    """One App: what it does, takes, needs and costs."""
    currency = reckoning.currency()
    if all(each.thing.slug != app for each in shop.offers(currency=currency)):
        raise Http404

    def told() -> dict[str, Any]:
        cards = shelf.all_cards(carts.of(request), currency=currency)
        card = next(each for each in cards if each.slug == app)
        return {"card": card, "category_words": shelf.said(card.goods.thing.category)}

    return _step(request, "app", told)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@names("anyone")
def addons(request: HttpRequest) -> HttpResponse:
    """Add-ons, the Organization's names, and what comes along with the Apps."""
    form = NameForm(request.POST) if request.POST.get("act") == "name" else None
    if form is not None:
        if form.is_valid():
            choosing.name_it(request, **form.cleaned_data)
            return redirect("site-review")
        return _step(request, "addons", lambda: _naming(carts.of(request), form), acts=False)

    def told() -> dict[str, Any]:
        cart = carts.of(request)
        return _naming(cart, NameForm(initial={"name": cart.name, "slug": cart.slug}))

    return _step(request, "addons", told)


@require_safe
@never_cache
@names("anyone")
def free_name(request: HttpRequest) -> HttpResponse:
    """Whether a short name can be had now: a part of the page."""
    verdict = count({"site-name": by_address(request)})
    name, slug = request.GET.get("name", "")[:120], request.GET.get("slug", "")[:30]
    context: dict[str, Any] = {}
    try:
        if not verdict.allowed:
            raise too_many(verdict)
        if name or slug:
            context["free"] = organizations.must_be_free(name=name, slug=slug)
    except Problem as problem:
        context["problem"] = problem
        context["suggestions"] = problem.extra.get("suggestions", ())
    status = 200 if verdict.allowed else TooMany.status
    answer = render(request, f"{ROOM}/_free_name.html", context, status=status)
    return with_headers(answer, verdict)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@names("anyone")
def review(request: HttpRequest) -> HttpResponse:
    """All of it once more, with what it takes and costs."""

    def told() -> dict[str, Any]:
        cart, currency = carts.of(request), reckoning.currency()
        cards = shelf.all_cards(cart, currency=currency)
        extras = [each for each in shop.addons(currency=currency) if each.thing.slug in cart.addons]
        return {
            "chosen": [card for card in cards if card.chosen], "extras": extras,
            "plans": shop.plans(currency=currency),
        }  # fmt: skip

    return _step(request, "review", told)


def _naming(cart: Cart, form: NameForm) -> dict[str, Any]:
    there = shop.addons(currency=reckoning.currency())
    return {"form": form, "addons": [(each, each.thing.slug in cart.addons) for each in there]}


def _step(request: HttpRequest, page: str, told: Any, *, acts: bool = True) -> HttpResponse:
    """POST does one act; by HTMX the part comes back at once, else the page is asked for anew."""
    acted = acts and request.method == "POST"
    outcome = choosing.act(request, _told(request)) if acted else Outcome()
    htmx = bool(getattr(request, "htmx", False)) and request.method == "POST"
    if acted and not htmx and not outcome.refused:
        messages.success(request, outcome.words)
        return redirect(request.get_full_path())
    cart = carts.of(request)
    context = {
        **told(), "cart": cart, "sum": reckoning.reckon(cart), "outcome": outcome,
        "steps": steps(page), "page": page, "action": request.get_full_path(),
    }  # fmt: skip
    template = f"{ROOM}/_{page}.html" if htmx else f"{ROOM}/{page}.html"
    form = context.get("form")
    status = REFUSED if outcome.refused or (form is not None and form.errors) else 200
    return render(request, template, context | {"htmx": htmx}, status=status)


def _told(request: HttpRequest) -> str:
    """`act`, or the act whose name comes from a field of its own."""
    act = request.POST.get("act", "")
    field = {"industry": "industry", "units": "units"}.get(act)
    return f"{act}:{request.POST.get(field, '')}" if field else act
