"""The people of an Organization, and the page an invitation leads to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalyst.api.problems import NotLoggedIn
from catalyst.identity import again
from catalyst.identity.models import User
from catalyst.identity.permissions import names, requires
from catalyst.limits.gate import by_address, limited
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from franchise.organizations.forms import InviteForm, RoleForm
from franchise.organizations.members import invitations, services
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole, may_give
from franchise.organizations.views import shell, theirs

PENDING = "pending-invitation"


@require_http_methods(["GET", "HEAD", "POST"])
@requires("signed-in")
def people(request: HttpRequest, organization: str) -> HttpResponse:
    """Who belongs to it; POST invites one more."""
    if request.method != "POST":
        return _people(request, theirs(request, organization), InviteForm())
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    form = InviteForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = invitations.invite(
                by=membership, email=data["email"], role=data["role"], request=request
            )
        except Problem as problem:
            field = problem.extra.get("field")
            form.add_error(field if field in form.fields else None, _said(problem))
            return _people(request, membership, form, status=problem.status)
        messages.success(request, _("An invitation goes to %(email)s.") % {"email": made.email})
        return redirect("organization-members", organization)
    return _people(request, membership, form)


@require_POST
@requires("signed-in")
def role(request: HttpRequest, organization: str, membership_id: int) -> HttpResponse:
    """Another role for somebody."""
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _people(request, membership, InviteForm(), problem=_("Choose a role."), status=422)
    try:
        services.change_role(
            by=membership, membership_id=membership_id, role=form.cleaned_data["role"],
            request=request,
        )  # fmt: skip
    except Problem as problem:
        return _people(
            request, membership, InviteForm(), problem=_said(problem), status=problem.status
        )
    messages.success(request, _("The role is changed."))
    return redirect("organization-members", organization)


@require_POST
@requires("signed-in")
def remove(request: HttpRequest, organization: str, membership_id: int) -> HttpResponse:
    """Somebody goes."""
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    try:
        services.remove(by=membership, membership_id=membership_id, request=request)
    except Problem as problem:
        return _people(
            request, membership, InviteForm(), problem=_said(problem), status=problem.status
        )
    messages.success(request, _("They do not belong to the Organization any more."))
    return redirect("organization-members", organization)


@require_POST
@requires("signed-in")
def leave(request: HttpRequest, organization: str) -> HttpResponse:
    """Whoever asks goes."""
    membership = theirs(request, organization)
    try:
        services.leave(by=membership, request=request)
    except Problem as problem:
        return _people(
            request, membership, InviteForm(), problem=_said(problem), status=problem.status
        )
    messages.success(request, _("You left the Organization."))
    return redirect("organizations-mine")


@require_POST
@requires("signed-in")
def resend(request: HttpRequest, organization: str, invitation_id: int) -> HttpResponse:
    """A new link; the one before is dead."""
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    invitations.resend(by=membership, invitation_id=invitation_id, request=request)
    messages.success(request, _("A new link is on its way. The one before is dead."))
    return redirect("organization-members", organization)


@require_POST
@requires("signed-in")
def withdraw(request: HttpRequest, organization: str, invitation_id: int) -> HttpResponse:
    """The link is dead."""
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    invitations.withdraw(by=membership, invitation_id=invitation_id, request=request)
    messages.success(request, _("The invitation is withdrawn. Its link is dead."))
    return redirect("organization-members", organization)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@names("anyone")
@limited("invitation", key=by_address)
def invitation(request: HttpRequest) -> HttpResponseBase:
    """Where the link leads: its token leaves the address at once, and waits for the log-in."""
    if "token" in request.GET:
        # Of the token only its hash is kept, here as in the row: it cannot be used from there.
        request.session[PENDING] = invitations.fingerprint(Secret(request.GET["token"]))
        return redirect("invitation")
    token_hash = request.session.get(PENDING, "")
    found = invitations.find(token_hash=token_hash)
    if not isinstance(request.user, User) or not request.user.is_authenticated:
        return again.log_in(request, NotLoggedIn(_("Log in to accept the invitation.")))
    if request.method != "POST":
        context = {"invitation": found, "is_theirs": found.email == request.user.email.lower()}
        return render(request, "franchise/organizations/invitation.html", context)
    made = invitations.accept(user=request.user, token_hash=token_hash, request=request)
    request.session.pop(PENDING, None)
    messages.success(request, _("You belong to %(name)s now.") % {"name": made.organization})
    return redirect("organization", made.organization.slug)


def _people(
    request: HttpRequest,
    membership: Membership,
    form: InviteForm,
    *,
    problem: str = "",
    status: int = 0,
) -> HttpResponse:
    pk = membership.organization_id
    context = {
        **shell(membership, "members"),
        "form": form,
        "problem": problem,
        "rows": services.of_organization(organization_id=pk),
        "waiting": invitations.waiting(organization_id=pk),
        "roles": [one for one in MemberRole if may_give(membership.role, one)],
    }
    status = status or (422 if form.errors else 200)
    return render(request, "franchise/organizations/members.html", context, status=status)


def _said(problem: Problem) -> str:
    return f"{problem.title}. {problem.detail}"
