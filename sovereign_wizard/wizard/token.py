"""The token while it is pasted: is it one, may it write, what is in its project. Only fragments;
the step works without them."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from catalyst.identity.permissions import requires
from catalyst.limits.gate import by_person, too_many, with_headers
from catalyst.limits.services import hit
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import project
from sovereign_wizard.catalog.hetzner import TOKEN_LENGTH
from sovereign_wizard.catalog.problems import TokenProblem
from sovereign_wizard.catalog.services import project_for
from sovereign_wizard.wizard import drafts, shell, ssh_key
from sovereign_wizard.wizard.models import Draft


def take(draft: Draft, pasted: Secret) -> str:
    """Check a token and keep it. What is wrong with it in words; empty if nothing is."""
    try:
        drafts.keep_token(draft=draft, token=pasted)
    except TokenProblem as refused:
        return f"{refused.title}. {refused.detail}"
    except Problem as away:
        return _("%(title)s: the token could not be checked. %(detail)s") % {
            "title": away.title,
            "detail": away.detail,
        }
    return ""


@requires("sovereign.provision")
@never_cache
def token(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """POST checks and keeps what was pasted; GET says what is known of the one that is kept."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if draft.deployment_id:
        return shell.to_deployment(draft.deployment_id)
    pasted = request.POST.get("hetzner_token", "").strip()
    if not pasted or drafts.is_kept(draft, pasted):
        return _answer(request, _known(draft))
    if len(pasted) != TOKEN_LENGTH:
        # Half of one is asked of nobody, and not counted: it is still being typed.
        return _answer(request, {"characters": len(pasted), "of": TOKEN_LENGTH})
    verdict = hit(action="token-check", key=by_person(request))
    if not verdict.allowed:
        refused = _answer(
            request, {"wrong": too_many(verdict, _("It was not checked.")).detail}, 429
        )
        return with_headers(refused, verdict)
    wrong = take(draft, Secret(pasted))
    said = {"wrong": wrong} if wrong else {**_known(draft), "proven": True}
    return with_headers(_answer(request, said), verdict)


@requires("sovereign.provision")
@never_cache
def key(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Is what was pasted an SSH key, and which? Its fingerprint is what people compare."""
    drafts.find(owner=shell.person(request), draft_id=draft_id)
    typed = request.POST.get("ssh_public_key", "")
    context: dict[str, Any] = {"key": ssh_key.known(typed)}
    if typed.strip() and context["key"] is None:
        try:
            ssh_key.parse(typed)
        except ssh_key.SshKeyRefused as refused:
            context["wrong"] = refused.detail
    return render(request, "sovereign_wizard/wizard/_ssh_key.html", context)


def _known(draft: Draft) -> dict[str, Any]:
    """What Hetzner says about the kept token's project; it does not say which one it is."""
    if not drafts.token_kept(draft):
        return {}
    try:
        found = project_for(token_reference=draft.token_reference)
    except Problem as away:
        return {"kept": True, "away": away.title}
    return {
        "kept": True,
        "holds": project.words(found.total),
        "empty": not found.total,
        "unread": found.unread,
    }


def _answer(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "sovereign_wizard/wizard/_token.html", context, status=status)
