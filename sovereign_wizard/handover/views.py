"""Pages after the run: what is left at Hetzner, what the owner takes away, receipts."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from catalyst.four_eyes.problems import SecondPersonNeeded
from catalyst.identity.permissions import requires
from catalyst.identity.step_up import recently_proved
from catalyst.language.words import lazy
from catalyst.problem import Problem
from sovereign_wizard.handover import second_person, services, sweep
from sovereign_wizard.handover.forms import ConfirmForm, RemoveForm
from sovereign_wizard.progress import pages
from sovereign_wizard.progress.selectors import ADDRESSES, Fact, overview
from sovereign_wizard.provisioning import services as provisioning
from sovereign_wizard.provisioning.models import Deployment, State

EARLIER = 10
LABELS = (
    ("console_url", lazy("Console")),
    *ADDRESSES,
    ("network_id", lazy("Network id at Hetzner")),
    ("firewall_id", lazy("Firewall id at Hetzner")),
)


@requires("sovereign.provision")
@never_cache
@require_GET
def leftovers(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """What was seen at Hetzner, newest first, and what of it may be removed here."""
    found = pages.find(request, deployment_id)
    return _leftovers(request, found)


@requires("sovereign.provision")
@require_POST
def look(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Look at Hetzner again; reads only."""
    found = pages.find(request, deployment_id)
    form = _look_form(request.POST, found)
    if form.is_valid():
        try:
            sweep.look(
                deployment=found,
                occasion=f"looked at by {request.user}",
                token=form.token,
            )
            return redirect("deployment-leftovers", deployment_id)
        except Problem as problem:
            pages.refuse(form, problem)
    return _leftovers(request, found, look_form=form)


@requires("sovereign.provision")
@recently_proved
@require_POST
def remove(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Have the chosen things removed by OpenTofu."""
    found = pages.find(request, deployment_id)
    form = _remove_form(request.POST, found)
    if form.is_valid():
        try:
            sweep.ask(
                deployment=found,
                keys=form.cleaned_data["items"],
                confirm_fqdn=form.cleaned_data["confirm_fqdn"],
                actor=pages.person(request),
                token=form.token,
                request=request,
            )
            return redirect("deployment-leftovers", deployment_id)
        except SecondPersonNeeded as needed:
            return redirect(str(needed.extra["page"]))
        except Problem as problem:
            pages.refuse(form, problem)
    return _leftovers(request, found, form=form)


@requires("sovereign.provision")
@never_cache
@require_GET
def handover(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Outputs, kubeconfig, archive, the token's end, receipts."""
    found = pages.find(request, deployment_id)
    return _handover(request, found)


@requires("sovereign.provision")
@recently_proved
@require_POST
@never_cache
def kubeconfig(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """The cluster's kubeconfig as a file; the service refuses anybody but the owner."""
    found = pages.find(request, deployment_id)
    content = provisioning.kubeconfig(
        deployment=found, actor=pages.person(request), request=request
    )
    return _file(content.reveal().encode(), f"{found.fqdn}-kubeconfig.yaml", "application/yaml")


@requires("sovereign.provision")
@require_POST
@never_cache
def archive(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Encrypted state, module and versions as one file."""
    found = pages.find(request, deployment_id)
    content = services.download_archive(
        deployment=found, actor=pages.person(request), request=request
    )
    return _file(content, f"{found.fqdn}-handover.tar.gz", "application/gzip")


@requires("sovereign.provision")
@recently_proved
@require_POST
@never_cache
def passphrase(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Show what opens the archive in this one answer; nothing keeps it."""
    found = pages.find(request, deployment_id)
    shown = services.reveal_passphrase(
        deployment=found, actor=pages.person(request), request=request
    )
    return _handover(request, found, passphrase=shown.reveal())


@requires("sovereign.provision")
@recently_proved
@require_POST
@never_cache
def destroy_token(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Forget the Hetzner token, after the full name was typed."""
    found = pages.find(request, deployment_id)
    form = ConfirmForm(request.POST, fqdn=found.fqdn, asks_token=False)
    if form.is_valid():
        try:
            services.destroy_token(deployment=found, actor=pages.person(request), request=request)
            return redirect("deployment-handover", deployment_id)
        except Problem as problem:
            pages.refuse(form, problem)
    return _handover(request, found, form=form)


def _leftovers(
    request: HttpRequest,
    deployment: Deployment,
    *,
    form: RemoveForm | None = None,
    look_form: ConfirmForm | None = None,
) -> HttpResponse:
    seen = sweep.sightings(deployment)
    return pages.page(
        request,
        "handover/leftovers.html",
        deployment,
        form=form or _remove_form(None, deployment),
        status=422 if form or look_form else 200,
        look_form=look_form or _look_form(None, deployment),
        newest=seen[0] if seen else None,
        inventory=seen[0].inventory if seen else None,
        earlier=seen[1 : 1 + EARLIER],
        clean_up=deployment.clean_ups.first(),
        overview=overview(deployment),
        removable=sweep.removable(deployment),
        wants_second=second_person.wanted(deployment, pages.person(request)),
    )


def _handover(request: HttpRequest, deployment: Deployment, **context: Any) -> HttpResponse:
    given = services.outputs(deployment)
    form = context.pop("form", None) or ConfirmForm(fqdn=deployment.fqdn, asks_token=False)
    return pages.page(
        request,
        "handover/handover.html",
        deployment,
        form=form,
        outputs=[Fact(label, given[name]) for name, label in LABELS if given.get(name)],
        servers=given.get("servers", ()),
        has_kubeconfig="kubeconfig" in deployment.secrets,
        has_state=deployment.state_versions.exists(),
        token_is_kept=services.token_is_kept(deployment),
        next_steps=services.next_steps(deployment),
        receipts=list(deployment.receipts.all()),
        is_owner=deployment.owner_id == pages.person(request).pk,
        is_ready=deployment.state == State.READY,
        tab="handover",
        log_in_url=(
            provisioning.first_log_in_url(deployment) if deployment.state == State.READY else ""
        ),
        **context,
    )


def _look_form(data: QueryDict | None, deployment: Deployment) -> ConfirmForm:
    return ConfirmForm(
        data,
        fqdn=deployment.fqdn,
        asks_token=not services.token_is_kept(deployment),
        confirms=False,
    )


def _remove_form(data: QueryDict | None, deployment: Deployment) -> RemoveForm:
    return RemoveForm(
        data,
        fqdn=deployment.fqdn,
        asks_token=not services.token_is_kept(deployment),
        offered=sweep.offered(deployment),
    )


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
