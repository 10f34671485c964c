"""How the pages of a Deployment answer a form: the page again with what was typed, and why."""

from __future__ import annotations

import uuid
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalyst.identity.models import User
from catalyst.problem import Problem
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment


def person(request: HttpRequest) -> User:
    """Who asks; the views are guarded, so there is somebody."""
    assert isinstance(request.user, User)
    return request.user


def find(request: HttpRequest, deployment_id: uuid.UUID) -> Deployment:
    """The Deployment, if this person may see it. Raises NotFound."""
    return services.find(deployment_id=deployment_id, user=person(request))


def refuse(form: Form, problem: Problem) -> None:
    """Put a refusal beside its field; one without a field of this form goes on top."""
    field = str(problem.extra.get("field", ""))
    words = f"{problem.title}. {problem.detail}".strip()
    form.add_error(field if field in form.fields else None, words)


def page(
    request: HttpRequest,
    template: str,
    deployment: Deployment,
    *,
    form: Form | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """422 for a form with errors, unless `status` says otherwise."""
    if form is not None and form.errors and status == 200:
        status = 422
    frame = {"deployment": deployment, "form": form}
    return render(request, f"sovereign_wizard/{template}", frame | context, status=status)
