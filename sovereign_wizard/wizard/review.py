"""Step 5: exactly what will be sent, then Provision. A refusal leads to the step it belongs to."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from catalyst.identity.permissions import requires
from catalyst.limits.gate import by_person, too_many, with_headers
from catalyst.limits.services import hit
from catalyst.problem import Problem
from sovereign_wizard.catalog.hetzner import TOKEN_LENGTH
from sovereign_wizard.catalog.services import catalogue_for
from sovereign_wizard.wizard import (
    components,
    credentials,
    domain,
    drafts,
    own_domain,
    provider,
    shell,
    ssh_key,
    steps,
)
from sovereign_wizard.wizard.models import Draft

STEP = "review"
_REFUSED = {module.STEP: module.refused for module in (credentials, provider, components, domain)}


@requires("sovereign.provision")
def review(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Look once more; POST provisions. The draft's id makes two clicks one Deployment."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    if request.method == "POST":
        if request.POST.get("go") == "back":
            return shell.back(draft, STEP)
        verdict = hit(action="provision", key=by_person(request))
        if not verdict.allowed:
            answer = _page(
                request, draft, problem=too_many(verdict, "You asked for many in the last hour.")
            )
        else:
            answer = _provision(request, draft)
        return with_headers(answer, verdict)
    return _page(request, draft)


def _provision(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    try:
        made = drafts.provision(draft=draft, actor=shell.person(request), request=request)
    except Problem as problem:
        return _refused(request, draft, problem)
    return shell.to_deployment(made)


def _page(
    request: HttpRequest, draft: Draft, *, problem: Problem | None = None
) -> HttpResponseBase:
    values = draft.values
    catalogue = catalogue_for(token_reference=draft.token_reference)
    form = provider.ProviderForm(initial=values, catalogue=catalogue)
    return shell.page(
        request,
        draft,
        STEP,
        status=problem.status if problem else 200,
        problem=problem,
        values=values,
        fqdn=own_domain.fqdn(draft),
        own=own_domain.shown(draft),
        nameservers=settings.CATALYST.nameservers,
        token_length=TOKEN_LENGTH,
        key=ssh_key.parse(values["ssh_public_key"]),
        location=catalogue.location(values["region"]),
        control_plane=catalogue.server_type(values["control_plane_size"]),
        worker=catalogue.server_type(values["worker_size"]),
        currency=catalogue.currency,
        estimate=provider.estimate_of(form),
        components=components.summary(values),
        urls={step.id: steps.url(draft, step.id) for step in steps.STEPS},
    )


def _refused(request: HttpRequest, draft: Draft, problem: Problem) -> HttpResponseBase:
    """A refusal of one field is shown beside that field, on its step; others on the review."""
    field = str(problem.extra.get("field", ""))
    step_id = steps.of_field(field)
    if step_id is None:
        return _page(request, draft, problem=problem)
    drafts.reopen(draft=draft, step=step_id)
    words = f"{problem.title}. {problem.detail}".strip()
    answer: HttpResponseBase = _REFUSED[step_id](request, draft, field=field, words=words)
    return answer
