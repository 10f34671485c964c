"""Another App for an Organization that is there: which, where, under which name, with what."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalyst.blueprints.needs import Need
from catalyst.blueprints.services import App as Blueprint
from catalyst.blueprints.services import apps as blueprints
from catalyst.identity.permissions import requires
from catalyst.problem import Conflict, Invalid
from franchise.applications import services as applications
from franchise.catalog.config.form import ConfigForm
from franchise.organizations.environments import services as environments
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.views import theirs
from franchise.site.apps.forms import InstallForm
from franchise.site.apps.views import ROOM, _shell, _words


@require_safe
@requires("signed-in")
def choose(request: HttpRequest, organization: str) -> HttpResponse:
    """What can be installed here."""
    membership = theirs(request, organization, MemberRole.DEVELOPER)
    context = {
        **_shell(membership), "offered": applications.offered(), "enabled": applications.enabled(),
    }  # fmt: skip
    return render(request, f"{ROOM}/choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("signed-in")
def install(request: HttpRequest, organization: str, app: str) -> HttpResponse:
    """Its form: place, name, what it rests on, and the questions of its schema."""
    writes = request.method == "POST"
    membership = theirs(request, organization, MemberRole.DEVELOPER, to_write=writes)
    blueprint = next((each for each in applications.offered() if each.id == app), None)
    if blueprint is None:
        raise Http404
    data = request.POST if writes else None
    form = InstallForm(
        data, environments=list(environments.of_organization(
            organization_id=membership.organization_id)), needs=_needs(blueprint),
    )  # fmt: skip
    config = ConfigForm(blueprint.config_schema, data, prefix="config")
    status = 422
    if writes and form.is_valid() and config.is_valid():
        try:
            made = _install(request, membership, blueprint, form, config)
        except (Conflict, Invalid) as problem:
            _refuse(form, config, problem)
            status = problem.status
        else:
            messages.success(request, _("It is being installed. This page shows how it goes."))
            return redirect("organization-app", organization, made.label)
    context = {**_shell(membership), "blueprint": blueprint, "form": form, "config": config}
    status = status if form.errors or config.errors else 200
    return render(request, f"{ROOM}/install.html", context, status=status)


def _install(
    request: HttpRequest, by: Membership, blueprint: Blueprint, form: InstallForm,
    config: ConfigForm,
) -> applications.App:  # fmt: skip
    return applications.install(
        organization_id=by.organization_id,
        environment_id=int(form.cleaned_data["environment"]),
        blueprint=blueprint.id,
        name=form.cleaned_data["name"],
        config=config.answers().config,
        dedicated=form.dedicated(),
        actor=str(request.user),
        by=by,
        request=request,
    )


def _refuse(form: InstallForm, config: ConfigForm, problem: Conflict | Invalid) -> None:
    """Beside the field that the service named, in whichever form it is."""
    field = problem.extra.get("field")
    if field in form.fields:
        form.add_error(field, problem.detail or problem.title)
    elif field in config.fields:
        config.add_error(field, problem.detail or problem.title)
    else:
        form.add_error(None, _words(problem))


def _needs(blueprint: Blueprint) -> list[tuple[Need, str]]:
    """With titles; those that hold for some answers only are offered too."""
    known = blueprints()
    return [
        (each, known[each.blueprint].title if each.blueprint in known else each.blueprint)
        for each in blueprint.depends
    ]
