"""The step where components and Apps are chosen. The choice lives in the draft: each click is one
act, and the page says what came along with it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from catalyst.blueprints import services as blueprints
from catalyst.identity.permissions import requires
from sovereign_wizard.wizard import components_choice as choices
from sovereign_wizard.wizard import components_page as pages
from sovereign_wizard.wizard import drafts, shell
from sovereign_wizard.wizard.components_choice import STEP, Choice, Outcome
from sovereign_wizard.wizard.models import Draft

ROOM = "sovereign_wizard/wizard"
REFUSED = 422


@requires("sovereign.provision")
def components(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """POST: `act` changes something, `go=back` leaves, and nothing of these accepts the choice."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    if request.method == "POST" and not (told := request.POST.get("act", "")):
        leaves = request.POST.get("go") == "back"
        choices.keep(draft, choices.of(draft), accepted=not leaves)
        return shell.back(draft, STEP) if leaves else shell.onward(draft, STEP)
    outcome = choices.act(draft, told) if request.method == "POST" else Outcome()
    return _grid(request, draft, outcome)


@requires("sovereign.provision")
def component(request: HttpRequest, draft_id: uuid.UUID, component: str) -> HttpResponseBase:
    """One component: what it is, what it needs, what needs it."""
    item = blueprints.catalogue().components.get(component)
    if item is None:
        raise Http404

    def told(choice: Choice) -> dict[str, Any]:
        return {"card": pages.card(item, choice), "item": item}

    return _detail(request, draft_id, "component", component, told)


@requires("sovereign.provision")
def family(request: HttpRequest, draft_id: uuid.UUID, family: str) -> HttpResponseBase:
    """One family with all its components."""
    found = blueprints.catalogue().family(family)
    if found is None:
        raise Http404

    def told(choice: Choice) -> dict[str, Any]:
        cards = [pages.card(each, choice) for each in found.components]
        return {"family": found, "cards": cards, "free": [c for c in cards if c.item.optional]}

    return _detail(request, draft_id, "component-family", family, told)


@requires("sovereign.provision")
def app(request: HttpRequest, draft_id: uuid.UUID, app: str) -> HttpResponseBase:
    """One App: what it is, what it takes, which plan it runs on."""
    if app not in blueprints.apps():
        raise Http404

    def told(choice: Choice) -> dict[str, Any]:
        return {"card": next(c for c in pages.app_cards(choice) if c.item.id == app)}

    return _detail(request, draft_id, "component-app", app, told)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about the choice."""
    return _grid(request, draft, Outcome(words, refused=True))


def _grid(request: HttpRequest, draft: Draft, outcome: Outcome) -> HttpResponse:
    choice = choices.of(draft)
    context = pages.frame(draft, choice, outcome) | pages.grid(request, draft, choice)
    return _answer(request, "components", context, outcome)


def _detail(
    request: HttpRequest, draft_id: uuid.UUID, page: str, name: str, told: Any
) -> HttpResponseBase:
    """A page about one thing, on which it can be added and removed."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    asked = request.method == "POST"
    outcome = choices.act(draft, request.POST.get("act", "")) if asked else Outcome()
    choice = choices.of(draft)
    context = pages.frame(draft, choice, outcome) | told(choice)
    context["action"] = reverse(f"wizard-{page}", args=[draft.pk, name])
    return _answer(request, page.replace("-", "_"), context, outcome)


def _answer(
    request: HttpRequest, page: str, context: dict[str, Any], outcome: Outcome
) -> HttpResponse:
    # The browser's Back asks with HTMX for the page that was at an address: a whole one.
    restores = "HX-History-Restore-Request" in request.headers
    htmx = bool(getattr(request, "htmx", False)) and not restores
    template = f"{ROOM}/_{page}.html" if htmx else f"{ROOM}/{page}.html"
    status = REFUSED if outcome.refused else 200
    # Without a script the page comes anew: what was clicked has the focus again.
    acted = "" if htmx or outcome.ask else request.POST.get("act", "").partition(":")[2]
    return render(request, template, context | {"htmx": htmx, "acted": acted}, status=status)
