"""Pages of Apps. `theirs()` is the door: a stranger finds nothing, and a label of another
Organization is none."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.identity.permissions import requires
from catalyst.problem import Conflict, Invalid, Problem
from franchise.applications import services as applications
from franchise.applications.services import App
from franchise.catalog.config.form import ConfigForm
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole, may
from franchise.organizations.views import shell, theirs
from franchise.site.apps.board import board, schema_of, versions_of, why_simulated
from franchise.site.apps.forms import RemoveForm

ROOM = "franchise/site/apps"
LINES = 200


@require_safe
@requires("signed-in")
def listed(request: HttpRequest, organization: str) -> HttpResponse:
    """All of the Organization, by Environment."""
    membership = theirs(request, organization)
    context = {
        **_shell(membership),
        "boards": [board(each) for each in applications.of_organization(by=membership)],
        "offered": applications.offered(),
        "enabled": applications.enabled(),
    }
    return render(request, f"{ROOM}/list.html", context)


@require_safe
@never_cache
@requires("signed-in")
def app(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """One App. HTMX asks for its upper part again and again while something is under way."""
    membership = theirs(request, organization)
    found = applications.get(by=membership, label=app_label)
    seen = board(found)
    if getattr(request, "htmx", False) and "seen" in request.GET:
        if request.GET["seen"] == seen.version:
            return HttpResponse(status=204)
        context = {**_shell(membership), "board": seen, "app": found}
        return render(request, f"{ROOM}/_overview.html", context)
    return _page(request, membership, found)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("signed-in")
def configure(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """The form of its schema."""
    writes = request.method == "POST"
    role = MemberRole.DEVELOPER if writes else MemberRole.VIEWER
    membership = theirs(request, organization, role, to_write=writes)
    found = applications.get(by=membership, label=app_label)
    form = ConfigForm(schema_of(found), request.POST if writes else None, config=found.config)
    if writes and form.is_valid():
        try:
            applications.configure(
                by=membership, label=app_label, config=form.answers().config, request=request
            )
        except (Conflict, Invalid) as problem:
            field = problem.extra.get("field")
            form.add_error(field if field in form.fields else None, _words(problem))
        else:
            messages.success(request, _("It is being changed. This page shows how it goes."))
            return redirect("organization-app", organization, app_label)
    context = {**_shell(membership), "app": found, "board": board(found), "form": form}
    status = 422 if form.errors else 200
    return render(request, f"{ROOM}/configure.html", context, status=status)


@require_POST
@requires("signed-in")
def upgrade(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """To one of the versions offered."""

    def act(by: Membership) -> None:
        version = request.POST.get("version", "")
        applications.upgrade(by=by, label=app_label, version=version, request=request)

    return _act(request, organization, app_label, act, _("It is being upgraded."))


@require_POST
@requires("signed-in")
def roll_back(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """To what stood in Git before the newest commit."""

    def act(by: Membership) -> None:
        applications.roll_back(by=by, label=app_label, request=request)

    return _act(request, organization, app_label, act, _("It is being rolled back."))


@require_POST
@requires("signed-in")
def retry(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """Go on with what stopped."""

    def act(by: Membership) -> None:
        applications.retry(by=by, label=app_label, request=request)

    return _act(request, organization, app_label, act, _("It goes on."))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("signed-in")
def remove(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """What would be lost, and its name typed."""
    writes = request.method == "POST"
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=writes)
    found = applications.get(by=membership, label=app_label)
    form = RemoveForm(request.POST if writes else None)
    status = 422
    if writes and form.is_valid():
        name = form.cleaned_data["confirm_name"]
        try:
            applications.remove(by=membership, label=app_label, confirm_name=name, request=request)
        except (Conflict, Invalid) as problem:
            form.add_error("confirm_name" if isinstance(problem, Invalid) else None,
                           _words(problem))  # fmt: skip
            status = problem.status
        else:
            messages.success(request, _("It is being removed."))
            return redirect("organization-app", organization, app_label)
    context = {
        **_shell(membership), "app": found, "board": board(found), "form": form,
        "dependants": applications.dependants(by=membership, label=app_label),
        "services": [row.service for row in found.rests_on.select_related("service")],
    }  # fmt: skip
    status = status if form.errors else 200
    return render(request, f"{ROOM}/remove.html", context, status=status)


@require_safe
@requires("signed-in")
def logs(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """The newest lines of its Pods, asked from the cluster now."""
    membership = theirs(request, organization)
    found = applications.get(by=membership, label=app_label)
    lines, problem = [], None
    try:
        lines = applications.logs(by=membership, label=app_label, lines=LINES)
    except Problem as away:
        problem = away
    context = {
        **_shell(membership), "app": found, "board": board(found), "lines": lines, "away": problem,
    }  # fmt: skip
    status = problem.status if problem else 200
    return render(request, f"{ROOM}/logs.html", context, status=status)


@require_safe
@requires("signed-in")
def history(request: HttpRequest, organization: str, app_label: str) -> HttpResponse:
    """Who did what, from Git."""
    membership = theirs(request, organization)
    found = applications.get(by=membership, label=app_label)
    commits, problem = [], None
    try:
        commits = applications.history(by=membership, label=app_label)
    except Problem as away:
        problem = away
    context = {
        **_shell(membership), "app": found, "board": board(found), "commits": commits,
        "away": problem,
    }  # fmt: skip
    status = problem.status if problem else 200
    return render(request, f"{ROOM}/history.html", context, status=status)


def _act(request: HttpRequest, organization: str, label: str, act: Any, done: str) -> HttpResponse:
    """One act of a developer, and back to the App; what refuses is said there."""
    membership = theirs(request, organization, MemberRole.DEVELOPER, to_write=True)
    found = applications.get(by=membership, label=label)
    try:
        act(membership)
    except (Conflict, Invalid) as problem:
        return _page(request, membership, found, problem=problem)
    messages.success(request, f"{done} {_('This page shows how it goes.')}")
    return redirect("organization-app", organization, label)


def _page(
    request: HttpRequest, membership: Membership, found: App, *, problem: Problem | None = None
) -> HttpResponse:
    seen = board(found)
    context = {
        **_shell(membership), "app": found, "board": seen, "versions": versions_of(found),
        "subject": applications.stream(found), "why_simulated": why_simulated(seen.seen),
        "dependants": applications.dependants(by=membership, label=found.label),
        "rests_on": found.rests_on.select_related("service").order_by("alias"),
        "clone": applications.address_in_git(found),
        "has_questions": bool(schema_of(found).get("properties")),
        "problem": _words(problem) if problem else "",
    }  # fmt: skip
    return render(request, f"{ROOM}/app.html", context, status=problem.status if problem else 200)


def _shell(membership: Membership) -> dict[str, Any]:
    is_open = membership.organization.is_open
    return {
        **shell(membership, "apps"),
        "may_work": is_open and may(membership.role, MemberRole.DEVELOPER),
        "may_remove": is_open and may(membership.role, MemberRole.ADMIN),
    }


def _words(problem: Problem) -> str:
    return f"{problem.title}. {problem.detail}".strip()
