"""An Organization's settings: its name, what it takes away, its end and the way back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.problem import Invalid
from franchise.organizations import services
from franchise.organizations.ending import deletion
from franchise.organizations.ending.export import export as zip_of
from franchise.organizations.forms import DeleteForm, NameForm
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.views import shell, theirs


@require_http_methods(["GET", "HEAD", "POST"])
@requires("signed-in")
def settings_page(request: HttpRequest, organization: str) -> HttpResponse:
    """POST renames it."""
    if request.method != "POST":
        return _page(request, theirs(request, organization))
    membership = theirs(request, organization, MemberRole.ADMIN, to_write=True)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            services.rename(by=membership, name=form.cleaned_data["name"], request=request)
        except Invalid as problem:
            form.add_error("name", problem.detail)
        else:
            messages.success(request, _("The name is changed."))
            return redirect("organization-settings", organization)
    return _page(request, membership, form=form)


@require_POST
@requires("signed-in")
def export(request: HttpRequest, organization: str) -> HttpResponseBase:
    """The ZIP of everything it has."""
    return _export(request, theirs(request, organization, MemberRole.ADMIN))


@step_up.recently_proved
def _export(request: HttpRequest, membership: Membership) -> HttpResponse:
    answer = HttpResponse(zip_of(by=membership, request=request), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{membership.organization.slug}.zip"'
    return answer


@require_POST
@requires("signed-in")
def delete(request: HttpRequest, organization: str) -> HttpResponseBase:
    """Begin the grace period."""
    return _delete(request, theirs(request, organization, MemberRole.OWNER))


@step_up.recently_proved
def _delete(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = DeleteForm(request.POST)
    if form.is_valid():
        try:
            deletion.schedule(
                organization_id=membership.organization_id,
                typed=form.cleaned_data["typed"],
                actor=str(request.user),
                by=membership,
                request=request,
            )
        except Invalid as problem:
            form.add_error("typed", problem.detail)
        else:
            return redirect("organization-settings", membership.organization.slug)
    return _page(request, membership, delete_form=form)


@require_POST
@requires("signed-in")
def keep(request: HttpRequest, organization: str) -> HttpResponse:
    """Undo the deletion."""
    membership = theirs(request, organization, MemberRole.OWNER)
    deletion.undo(
        organization_id=membership.organization_id,
        actor=str(request.user),
        by=membership,
        request=request,
    )
    messages.success(request, _("The Organization stays. Nothing was lost."))
    return redirect("organization-settings", organization)


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    form: NameForm | None = None,
    delete_form: DeleteForm | None = None,
) -> HttpResponse:
    forms = (form, delete_form)
    context = {
        **shell(membership, "settings"),
        "form": form or NameForm(initial={"name": membership.organization.name}),
        "delete_form": delete_form or DeleteForm(),
        "days": settings.CATALYST.organization_grace.days,
    }
    status = 422 if any(one is not None and one.errors for one in forms) else 200
    return render(request, "franchise/organizations/settings.html", context, status=status)
