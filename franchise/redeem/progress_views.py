"""What became of a redemption: for the session that redeemed, and for members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity.models import User
from catalyst.identity.permissions import names, requires
from catalyst.problem import Conflict, NotFound
from franchise.applications import services as applications
from franchise.organizations import services as organizations
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole, may
from franchise.redeem import readers, services
from franchise.site.apps.board import board
from franchise.vouchers.models import Redemption


@require_safe
@never_cache
@names("anyone")
def progress(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """Each step, how much longer, and where the App answers. HTMX asks for the part again."""
    found = readers.readable(request, redemption_id)
    context = _told(request, found)
    if getattr(request, "htmx", False) and "seen" in request.GET:
        seen = context["board"]
        if seen is not None and request.GET["seen"] == seen.version:
            return HttpResponse(status=204)
        return render(request, "franchise/redeem/_progress.html", {**context, "htmx": True})
    return render(request, "franchise/redeem/progress.html", context)


@require_POST
@requires("signed-in")
def give_back(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """The code can be used again, while nothing of its credit was."""
    found = readers.readable(request, redemption_id)
    assert isinstance(request.user, User)
    by = organizations.member(
        user=request.user, slug=found.organization.slug, at_least=MemberRole.BILLING, to_write=True
    )
    try:
        services.give_back(redemption_id=found.pk, by=by, request=request)
    except Conflict as problem:
        context = {**_told(request, found), "refused": problem}
        return render(request, "franchise/redeem/progress.html", context, status=problem.status)
    messages.success(request, _("The code can be used again, by you or by somebody else."))
    return redirect("redeem-progress", redemption_id)


def _told(request: HttpRequest, found: Redemption) -> dict[str, Any]:
    status = services.status(found.pk)
    membership = _membership(request, found)
    seen = board(status.app) if status.app else None
    unproved = status.app is None or status.app.proved_at is None
    return {
        "redemption": found, "organization": found.organization, "status": status, "board": seen,
        "subject": applications.stream(status.app) if status.app and membership else "",
        "membership": membership, "released": status.state == Redemption.State.RELEASED,
        "live": seen is not None and seen.live,
        "may_work": membership is not None and may(membership.role, MemberRole.DEVELOPER),
        "may_give_back": membership is not None and may(membership.role, MemberRole.BILLING)
        and unproved and status.state != Redemption.State.RELEASED,
    }  # fmt: skip


def _membership(request: HttpRequest, found: Redemption) -> Membership | None:
    if not isinstance(request.user, User):
        return None
    try:
        return organizations.member(user=request.user, slug=found.organization.slug)
    except NotFound:
        return None
