"""Pages of Deployments: the list, one with its progress, and the first admin's code."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from catalyst.identity.permissions import requires
from sovereign_wizard.handover import sweep
from sovereign_wizard.notices import services as notices
from sovereign_wizard.progress import csv_file, domain_panel, history, listing
from sovereign_wizard.progress.selectors import overview
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard import drafts, own_domain, shell, steps
from sovereign_wizard.wizard.models import Draft


@requires("sovereign.provision")
@require_GET
def sovereigns(request: HttpRequest) -> HttpResponseBase:
    """Everything this person may see, by pages, and where they stopped in the wizard."""
    user = shell.person(request)
    asked = _asked(request)
    found = listing.find(user, **asked, before=request.GET.get("before", ""))
    query = urlencode({key: value for key, value in _names(asked).items() if value})
    context = {
        "found": found,
        "words": asked["words"],
        "chip": asked["chip"],
        "query": query,
        "older": urlencode({**_names(asked), "before": found.older}) if found.older else "",
        "paged": "before" in request.GET,
        "drafts": [_place(draft) for draft in drafts.unfinished(owner=user)],
    }
    htmx = getattr(request, "htmx", False)
    template = "_rows.html" if htmx else "list.html"
    return render(request, f"sovereign_wizard/progress/{template}", context)


@requires("sovereign.provision")
@require_GET
@never_cache
def sovereigns_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a file, all pages of it."""
    rows = listing.every(shell.person(request), **_asked(request))
    return csv_file.answer("sovereigns.csv", listing.HEADER, map(listing.line, rows))


def _asked(request: HttpRequest) -> dict[str, str]:
    words = request.GET.get("q", "")[: listing.LONGEST_WORDS]
    return {"words": words, "chip": request.GET.get("state", "")}


def _names(asked: dict[str, str]) -> dict[str, str]:
    return {"q": asked["words"], "state": asked["chip"]}


def _place(draft: Draft) -> dict[str, Any]:
    """A draft, and where its owner goes on."""
    at = steps.step(steps.first_open(draft))
    return {
        "draft": draft,
        "at": at,
        "url": steps.url(draft, at.id),
        "fqdn": own_domain.fqdn(draft),
    }


@requires("sovereign.provision")
@never_cache
def deployment(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Progress and log; to HTMX only what is above and below the log."""
    found = services.find(deployment_id=deployment_id, user=shell.person(request))
    seen = overview(found)
    htmx = getattr(request, "htmx", False)
    if htmx and request.GET.get("seen") == seen.version:
        return HttpResponse(status=204)  # htmx leaves the page alone: focus and selection stay
    template = "_swap.html" if htmx else "deployment.html"
    context = _context(found) | {"overview": seen}
    if not htmx:  # the panel looks after itself
        context |= domain_panel.move_of(found)
    return render(request, f"sovereign_wizard/progress/{template}", context)


def _context(deployment: Deployment) -> dict[str, Any]:
    stays = history.spans(deployment)
    return {
        "tab": "overview",
        "wants_mail": notices.wants_mail(deployment.owner),
        "deployment": deployment,
        "times": history.times(stays),
        "spans": stays,
        "inventory": sweep.newest(deployment),
        "receipts": deployment.receipts.all(),
    }


@requires("sovereign.provision")
@require_POST
@never_cache
def first_admin(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Show the first admin's one-time code in this one answer; nothing keeps it."""
    user = shell.person(request)
    found = services.find(deployment_id=deployment_id, user=user)
    code = services.reveal_first_admin_code(deployment=found, actor=user, request=request)
    context = _context(found) | {"overview": overview(found), "code": code.reveal()}
    context |= domain_panel.move_of(found)
    return render(request, "sovereign_wizard/progress/deployment.html", context)


@requires("sovereign.provision")
@require_POST
def discard_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Throw an unfinished wish away."""
    user = shell.person(request)
    drafts.discard(draft=drafts.find(owner=user, draft_id=draft_id), actor=user, request=request)
    return redirect("sovereigns")


@requires("sovereign.provision")
@require_POST
def mail(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Mail or none from now on, about all of this person's Sovereigns."""
    user = shell.person(request)
    found = services.find(deployment_id=deployment_id, user=user)
    notices.choose(person=user, wanted=request.POST.get("mail") == "on", request=request)
    return redirect(f"{reverse('deployment', args=[found.pk])}#tell-title")
