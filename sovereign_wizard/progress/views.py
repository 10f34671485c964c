"""Pages of Deployments: the list, one with its progress, and the first admin's code."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from catalyst.identity.permissions import requires
from catalyst.identity.services import CODE_COUNTS
from catalyst.identity.step_up import recently_proved
from dns.byo import services as byo
from dns.byo import shown as byo_shown
from sovereign_wizard.handover import sweep
from sovereign_wizard.progress import history
from sovereign_wizard.progress.selectors import overview, visible
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard import drafts, places, shell

SHOWN = 100


@requires("sovereign.provision")
@require_GET
def sovereigns(request: HttpRequest) -> HttpResponseBase:
    """Everything this person may see, and where they stopped in the wizard."""
    user = shell.person(request)
    context = {"deployments": visible(user)[:SHOWN], "drafts": places.of(user), "shown": SHOWN}
    return render(request, "sovereign_wizard/progress/list.html", context)


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
        context |= _own_domain(found)
    return render(request, f"sovereign_wizard/progress/{template}", context)


def _context(deployment: Deployment) -> dict[str, Any]:
    stays = history.spans(deployment)
    return {
        "deployment": deployment,
        "times": history.times(stays),
        "spans": stays,
        "inventory": sweep.newest(deployment),
        "receipts": deployment.receipts.all(),
    }


def _own_domain(deployment: Deployment) -> dict[str, Any]:
    """How far a domain of its own is on its way; nothing for a name under a pool."""
    if deployment.move_id is None:
        return {}
    panel = byo.panel(move_id=deployment.move_id)
    return {**byo_shown.context(panel), "next": reverse("deployment", args=[deployment.pk])}


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
        | _own_domain(found)
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
