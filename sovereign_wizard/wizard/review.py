"""Step 7: exactly what will be sent and whether it can be made, then Provision. A refusal leads to
the step it belongs to."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from catalyst.identity.permissions import requires
from catalyst.limits.gate import by_person, limited, too_many, with_headers
from catalyst.limits.services import hit
from catalyst.problem import Problem
from sovereign_wizard.catalog.services import catalogue_for
from sovereign_wizard.preflight.verdict import NotPossible
from sovereign_wizard.wizard import (
    checks,
    components,
    credentials,
    domain,
    drafts,
    organisation,
    own_domain,
    provider,
    sent,
    shell,
    steps,
    topology,
    wishes,
)
from sovereign_wizard.wizard.models import Draft

STEP = "review"
_STEPS = (organisation, topology, credentials, provider, components, domain)
_REFUSED = {module.STEP: module.refused for module in _STEPS}


@requires("sovereign.provision")
@never_cache
def review(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Look once more; POST provisions. The draft's id makes two clicks one Deployment.

    `?checks=now` does all checks before it answers, for a browser that cannot ask for each.
    """
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    if request.method != "POST":
        now = request.GET.get("checks") == "now"
        return _page(request, draft, shown=checks.examined(draft) if now else None)
    typed = {"approve_plan": "approve_plan" in request.POST}
    drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
    if request.POST.get("go") == "back":
        return shell.back(draft, STEP)
    verdict = hit(action="provision", key=by_person(request))
    if not verdict.allowed:
        problem = too_many(verdict, _("You asked for many in the last hour."))
        return with_headers(_page(request, draft, problem=problem), verdict)
    return with_headers(_provision(request, draft), verdict)


@requires("sovereign.provision")
@limited("preflight")
@never_cache
def preflight(request: HttpRequest, draft_id: uuid.UUID, check: str) -> HttpResponseBase:
    """One check, as a row of the review."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    shown = checks.examined_one(draft, check)
    return render(request, "sovereign_wizard/wizard/_check.html", {"check": shown, "draft": draft})


def _provision(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Not before every check has had its say: what stands against it costs nothing here."""
    if against := checks.standing_against(draft):
        told = {one.id: one for one in against}
        shown = tuple(told.get(one.id, one) for one in checks.listed(draft))
        words = _("%(against)s of %(shown)s checks stand against it; each says where to go.") % {
            "against": len(against),
            "shown": len(shown),
        }
        return _page(request, draft, problem=NotPossible(words), shown=shown)
    try:
        made = drafts.provision(draft=draft, actor=shell.person(request), request=request)
    except Problem as problem:
        return _refused(request, draft, problem)
    return shell.to_deployment(made)


def _page(
    request: HttpRequest,
    draft: Draft,
    *,
    problem: Problem | None = None,
    shown: tuple[checks.Shown, ...] | None = None,
) -> HttpResponseBase:
    values = draft.values
    catalogue = catalogue_for(token_reference=draft.token_reference)
    form = provider.ProviderForm(initial=values, catalogue=catalogue)
    estimate = provider.estimate_of(form, ha_enabled=wishes.ha_enabled(values))
    return shell.page(
        request,
        draft,
        STEP,
        status=problem.status if problem else 200,
        problem=problem,
        sections=[
            {"shown": section, "url": steps.url(draft, section.step)}
            for section in sent.sections(wishes.wish(draft), draft=draft, catalogue=catalogue)
        ],
        fqdn=own_domain.fqdn(draft),
        approve_plan=bool(values.get("approve_plan")),
        checks=shown or checks.listed(draft),
        examined=shown is not None,
        currency=catalogue.currency,
        estimate=estimate,
        bought=[f"{line.count} × {line.words}" for line in estimate.lines] if estimate else [],
    )


def _refused(request: HttpRequest, draft: Draft, problem: Problem) -> HttpResponseBase:
    """A refusal of one field is shown beside that field, on its step; others on the review."""
    field = str(problem.extra.get("field", ""))
    step_id = steps.of_field(field)
    if step_id is None or step_id not in _REFUSED:
        return _page(request, draft, problem=problem)
    drafts.reopen(draft=draft, step=step_id)
    words = f"{problem.title}. {problem.detail}".strip()
    answer: HttpResponseBase = _REFUSED[step_id](request, draft, field=field, words=words)
    return answer
