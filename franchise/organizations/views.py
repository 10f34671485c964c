"""A customer's Organizations: which there are, and one at a glance."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity.models import User
from catalyst.identity.permissions import requires
from catalyst.problem import Conflict
from franchise.ledger.services import balances
from franchise.organizations import services
from franchise.organizations.environments import services as environments
from franchise.organizations.forms import EnvironmentForm
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole, may
from franchise.organizations.problems import why_not_open
from franchise.organizations.quotas.limits import Limits


def theirs(
    request: HttpRequest,
    slug: str,
    at_least: str = MemberRole.VIEWER,
    *,
    to_write: bool = False,
) -> Membership:
    """Who asks, as a member. Raises NotFound for a stranger, RoleTooSmall, NotOpen."""
    assert isinstance(request.user, User)
    return services.member(user=request.user, slug=slug, at_least=at_least, to_write=to_write)


def shell(membership: Membership, here: str) -> dict[str, Any]:
    """What every page of one Organization draws from; `here` is its tab."""
    organization = membership.organization
    governs = may(membership.role, MemberRole.ADMIN)
    return {
        "organization": organization,
        "membership": membership,
        "here": here,
        "why_not_open": why_not_open(organization),
        "may_govern": governs,
        "may_write": governs and organization.is_open,
        "is_owner": membership.role == MemberRole.OWNER,
    }


@require_safe
@requires("signed-in")
def mine(request: HttpRequest) -> HttpResponse:
    """Where this person belongs to."""
    assert isinstance(request.user, User)
    rows = services.of_person(user=request.user)
    return render(request, "franchise/organizations/mine.html", {"rows": rows})


@require_safe
@requires("signed-in")
def overview(request: HttpRequest, organization: str) -> HttpResponse:
    """State, credit, plan and Environments."""
    return _overview(request, theirs(request, organization), EnvironmentForm())


@require_POST
@requires("signed-in")
def add_environment(request: HttpRequest, organization: str) -> HttpResponse:
    """One more Environment."""
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    form = EnvironmentForm(request.POST)
    if form.is_valid():
        try:
            made = environments.add(by=membership, kind=form.cleaned_data["kind"], request=request)
        except Conflict as problem:
            form.add_error("kind", f"{problem.title}. {problem.detail}")
        else:
            messages.success(request, _("The Environment %(name)s is there.") % {"name": made})
            return redirect("organization", organization)
    return _overview(request, membership, form)


def _overview(request: HttpRequest, membership: Membership, form: EnvironmentForm) -> HttpResponse:
    pk = membership.organization_id
    context = {
        **shell(membership, "overview"),
        "credit": balances(organization_ids=[pk]).get(pk, []),
        "limits": Limits.read(membership.organization.limits),
        "environments": environments.of_organization(organization_id=pk),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "franchise/organizations/overview.html", context, status=status)
