"""What all steps share: the frame around a question, and where a request goes next."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from catalyst.identity.models import User
from sovereign_wizard.wizard import drafts, own_domain, steps
from sovereign_wizard.wizard.models import Draft


def person(request: HttpRequest) -> User:
    """Who asks; the views are guarded, so there is somebody."""
    assert isinstance(request.user, User)
    return request.user


def page(
    request: HttpRequest,
    draft: Draft,
    step_id: str,
    *,
    fragment: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A step as a page, or its fragment alone for HTMX. The form always posts to the step's URL."""
    step = steps.step(step_id)
    begun = not draft._state.adding
    frame = {
        "draft": draft,
        "step": step,
        "stepper": steps.stepper(draft, step_id),
        "action": steps.url(draft, step_id) if begun else "",
        "has_back": step_id != steps.STEPS[0].id,
    }
    htmx = getattr(request, "htmx", False)
    template = fragment if htmx and fragment else f"sovereign_wizard/wizard/{step_id}.html"
    return render(request, template, frame | context, status=status)


def detour(draft: Draft, step_id: str) -> HttpResponse | None:
    """Where to go instead: to the Deployment, to an earlier question, or nowhere."""
    if draft.deployment_id:
        return to_deployment(draft.deployment_id)
    if "credentials" in draft.passed and not drafts.token_kept(draft):
        drafts.reopen(draft=draft, step="credentials")
    if "domain" in draft.passed and own_domain.keys_are_gone(draft):
        drafts.reopen(draft=draft, step="domain")
    if not steps.reached(draft, step_id):
        return redirect(steps.url(draft, steps.first_open(draft)))
    return None


def to_deployment(deployment_id: uuid.UUID) -> HttpResponse:
    return redirect("deployment", deployment_id)


def onward(draft: Draft, step_id: str) -> HttpResponse:
    """The next question; when all are answered, straight to the review."""
    following = steps.after(step_id)
    if all(step.id in draft.passed for step in steps.STEPS[:-1]):
        following = steps.STEPS[-1].id
    return redirect(steps.url(draft, following))


def back(draft: Draft, step_id: str) -> HttpResponse:
    return redirect(steps.url(draft, steps.before(step_id)))


def choices(form: forms.Form, name: str, offered: list[tuple[str, str]]) -> None:
    """What a field of a form lets people choose from."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = offered


def cleaned(form: forms.Form) -> dict[str, Any]:
    """Accepted values in a shape JSON keeps."""
    return dict(form.cleaned_data) if form.is_bound else {}
