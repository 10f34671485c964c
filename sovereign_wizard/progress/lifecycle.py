"""Pages that change what becomes of a Deployment: cancel, retry, approve, destroy.

GET says what the act does; only POST acts. Each works without JavaScript.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalyst.four_eyes.problems import SecondPersonNeeded
from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.identity.step_up import recently_proved
from catalyst.limits.gate import limited
from catalyst.problem import Conflict, Problem
from catalyst.vault.secret import Secret
from sovereign_wizard.handover import second_person, sweep
from sovereign_wizard.handover import services as handover
from sovereign_wizard.handover.forms import ConfirmForm, RemoveForm
from sovereign_wizard.handover.items import Inventory
from sovereign_wizard.handover.services import token_is_kept
from sovereign_wizard.naming import services as naming
from sovereign_wizard.progress import pages, plans
from sovereign_wizard.progress.forms import RetryForm
from sovereign_wizard.progress.selectors import overview
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment, State


@requires("sovereign.provision")
@limited("cancel", methods=("POST",))
@never_cache
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Interrupt the run. A second click finds it cancelling, as wanted."""
    found = pages.find(request, deployment_id)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            services.cancel(deployment=found, actor=str(request.user), request=request)
        except Conflict as conflict:
            problem = conflict
        found.refresh_from_db()
        if problem is None or found.state in (State.CANCELLING, State.CANCELLED):
            return redirect("deployment", deployment_id)
    return pages.page(
        request,
        "progress/cancel.html",
        found,
        status=problem.status if problem else 200,
        problem=problem,
        overview=overview(found),
    )


@requires("sovereign.provision")
@limited("retry", methods=("POST",))
@never_cache
@require_http_methods(["GET", "POST"])
def retry(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Go on from the phase that stopped. A second click finds it running, as wanted.

    Asks for a token, or for a registrar's credentials, first where they were destroyed.
    """
    found = pages.find(request, deployment_id)
    seen = overview(found)
    form = RetryForm(
        request.POST if request.method == "POST" else None,
        fqdn=found.fqdn,
        asks_token=not token_is_kept(found),
        registrar="" if seen.destroys else naming.of(found).asks(found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            if form.token:
                handover.give_token(
                    deployment=found, token=form.token, actor=pages.person(request), request=request
                )
            services.retry(
                deployment=found,
                actor=str(request.user),
                credentials=form.credentials,
                request=request,
            )
        except Problem as problem:
            found.refresh_from_db()
            if not (isinstance(problem, Conflict) and overview(found).live):
                pages.refuse(form, problem)
        if not form.errors:
            return redirect("deployment", deployment_id)
    return pages.page(
        request,
        "progress/retry.html",
        found,
        form=form,
        overview=overview(found),
    )


@requires("sovereign.provision")
@limited("approve", methods=("POST",))
@never_cache
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Show the plan and let it be made. The answer counts for this very plan only."""
    found = pages.find(request, deployment_id)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            services.approve(
                deployment=found,
                plan_sha256=request.POST.get("plan", ""),
                actor=str(request.user),
                request=request,
            )
            return redirect("deployment", deployment_id)
        except Problem as refused:
            problem = refused
            found.refresh_from_db()
    return pages.page(
        request,
        "progress/approve.html",
        found,
        status=problem.status if problem else 200,
        problem=problem,
        overview=overview(found),
        plan=plans.waiting(found),
    )


@requires("sovereign.provision")
@recently_proved
@limited("destroy", methods=("POST",))
@never_cache
@require_http_methods(["GET", "POST"])
def destroy(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """What will be lost and what it saves; the full name is typed to confirm."""
    found = pages.find(request, deployment_id)
    if request.method == "POST":
        return _destroy(request, found)
    inventory, unseen = _now(found)
    form = _destroy_form(None, found, inventory, typed=step_up.typed(request, many=("items",)))
    return _destroy_page(request, found, form, inventory, unseen)


def _destroy(request: HttpRequest, found: Deployment) -> HttpResponseBase:
    """A second click finds it being destroyed, as wanted."""
    if found.state in (State.DESTROYING, State.DESTROYED):
        return redirect("deployment", found.pk)
    asked = ConfirmForm(request.POST, fqdn=found.fqdn, asks_token=not token_is_kept(found))
    inventory, unseen = _now(found, asked.token if asked.is_valid() else None, note=True)
    form = _destroy_form(request.POST, found, inventory)
    if form.is_valid():
        try:
            handover.destroy_all(
                deployment=found,
                actor=pages.person(request),
                confirm_fqdn=form.cleaned_data["confirm_fqdn"],
                also=form.cleaned_data["items"],
                token=form.token,
                request=request,
            )
            return redirect("deployment", found.pk)
        except SecondPersonNeeded as needed:
            return redirect(str(needed.extra["page"]))
        except Problem as problem:
            found.refresh_from_db()
            if found.state in (State.DESTROYING, State.DESTROYED):
                return redirect("deployment", found.pk)
            pages.refuse(form, problem)
    return _destroy_page(request, found, form, inventory, unseen)


def _destroy_form(
    data: QueryDict | None,
    deployment: Deployment,
    inventory: Inventory | None,
    typed: Mapping[str, Any] | None = None,
) -> RemoveForm:
    """`typed`: before the person had to prove who they are."""
    offered = inventory.also_found if inventory else ()
    return RemoveForm(
        data,
        fqdn=deployment.fqdn,
        asks_token=not token_is_kept(deployment),
        offered=tuple(item for item in offered if item.kind in sweep.REMOVABLE),
        required=False,
        initial=typed,
    )


def _destroy_page(
    request: HttpRequest,
    found: Deployment,
    form: RemoveForm,
    inventory: Inventory | None,
    unseen: str,
) -> HttpResponseBase:
    return pages.page(
        request,
        "progress/destroy.html",
        found,
        form=form,
        inventory=inventory,
        unseen=unseen,
        overview=overview(found),
        wants_second=second_person.wanted(found, pages.person(request)),
    )


def _now(
    deployment: Deployment, token: Secret | None = None, *, note: bool = False
) -> tuple[Inventory | None, str]:
    """What exists now, else what was seen last and why it could not be looked at.

    `note`: keep it, so that before and after can be compared.
    """
    try:
        seen = sweep.see(deployment=deployment, token=token)
    except Problem as problem:
        return sweep.newest(deployment), problem.detail or problem.title
    if note:
        sweep.note(deployment=deployment, inventory=seen, occasion="before destroying")
    return seen, ""
