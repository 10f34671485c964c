"""Pages of Deployments: the list, one with its progress, and the first admin's code."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from catalyst.four_eyes import services as four_eyes
from catalyst.identity.permissions import requires
from catalyst.identity.services import CODE_COUNTS
from catalyst.identity.step_up import recently_proved
from catalyst.web import csv_file
from sovereign_wizard.handover import sweep
from sovereign_wizard.notices import services as notices
from sovereign_wizard.progress import domain_panel, history, listing
from sovereign_wizard.progress.selectors import overview
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard import drafts, places, shell


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
        "drafts": places.of(user),
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
        "approvals": four_eyes.open_on(deployment.subject),
    }


@requires("sovereign.provision")
@recently_proved
@require_POST
@never_cache
def first_admin(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Show the first admin's one-time code in this one answer; nothing keeps it."""
    user = shell.person(request)
    found = services.find(deployment_id=deployment_id, user=user)
    code = services.reveal_first_admin_code(deployment=found, actor=user, request=request)
    context = (
        _context(found)
        | domain_panel.move_of(found)
        | {
            "overview": overview(found),
            "code": code.reveal(),
            # One without a cluster keeps the code itself, until a password is set.
            "code_days": CODE_COUNTS.days if settings.CATALYST.cluster else None,
            "log_in_url": services.first_log_in_url(found),
        }
    )
    return render(request, "sovereign_wizard/progress/deployment.html", context)


@requires("sovereign.provision")
@require_POST
def discard_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Throw an unfinished wish away."""
    user = shell.person(request)
    found = drafts.find(owner=user, draft_id=draft_id)
    drafts.discard(draft=found, actor=str(user), request=request)
    return redirect("sovereigns")


@requires("sovereign.provision")
@require_POST
def mail(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Mail or none from now on, about all of this person's Sovereigns."""
    user = shell.person(request)
    found = services.find(deployment_id=deployment_id, user=user)
    notices.choose(person=user, wanted=request.POST.get("mail") == "on", request=request)
    return redirect(f"{reverse('deployment', args=[found.pk])}#tell-title")
