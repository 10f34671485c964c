"""`POST /api/redeem` and what became of it (spec franchise §6.6), as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from ninja.utils import check_csrf

from catalyst.api.answers import answer, not_allowed
from catalyst.api.problems import NotLoggedIn
from catalyst.identity.models import User
from catalyst.identity.permissions import names
from catalyst.limits.gate import refuse, too_many, with_headers
from catalyst.limits.services import hit
from catalyst.problem import Forbidden, Problem
from catalyst.vault.secret import Secret
from franchise.compat.documents import Document, read, text
from franchise.redeem import readers, services, tries
from franchise.redeem.services import Redeemed
from franchise.vouchers.codes import LONGEST_TYPED
from franchise.vouchers.services import preview

LONGEST = 254


@csrf_exempt  # asked for below where a session counts
@never_cache
@names("anyone")
def redeem_by_program(request: HttpRequest) -> HttpResponseBase:
    """202 and where to look. With an `email` nobody's session counts; without one it is that of
    whoever is logged in, whose page sends its CSRF token."""
    if request.method != "POST":
        return not_allowed(request, "POST")
    verdict = tries.of_redeem(request)
    if not verdict.allowed:
        return refuse(request, verdict)
    try:
        redeemed = _redeem(request, read(request))
    except Problem as problem:
        return with_headers(answer(request, problem), verdict)
    readers.remember(request, redeemed.redemption_id)
    return with_headers(JsonResponse(_told(redeemed), status=202), verdict)


@never_cache
@names("anyone")
def redemption_status(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """How far it is. For the session that redeemed and for members; 404 for everybody else."""
    if request.method not in ("GET", "HEAD"):
        return not_allowed(request, "GET, HEAD")
    try:
        found = readers.readable(request, redemption_id)
        seen = services.status(found.pk)
    except Problem as problem:
        return answer(request, problem)
    return JsonResponse(
        {
            "redemption_id": found.pk,
            "organization": found.organization.slug,
            "state": seen.state,
            "words": seen.words,
            "problem": seen.problem,
            "retryable": seen.retryable,
            "eta_seconds": seen.eta_seconds,
            "app": seen.app and {"label": seen.app.label, "url": seen.app.url},
        }
    )


def _redeem(request: HttpRequest, asked: Document) -> Redeemed:
    email = text(asked, "email", longest=LONGEST)
    user = None if email else _person(request)
    code = Secret(text(asked, "code", longest=LONGEST_TYPED))
    _count_account(code, email or (user.email if user else ""))
    key = text(asked, "idempotency_key", longest=80) or request.headers.get("Idempotency-Key", "")
    return services.redeem(
        code=code,
        email=user.email if user else email,
        organization_name=text(asked, "org_name", longest=200),
        organization_slug=text(asked, "slug", longest=100),
        blueprint=text(asked, "blueprint", longest=60),
        user=user,
        idempotency_key=key or str(uuid.uuid4()),
        request=request,
    )


def _person(request: HttpRequest) -> User:
    """Raises NotLoggedIn, Forbidden."""
    if not isinstance(request.user, User):
        raise NotLoggedIn("Send an email, or log in. Nothing was redeemed.")
    # Not for the view itself: that is exempt, because an e-mail in the body needs no token.
    if check_csrf(request, _person) is not None:
        raise Forbidden("Send the page's token in X-CSRFToken, from our own origin.")
    return request.user


def _count_account(code: Secret, email: str) -> None:
    """Raises TooMany when this e-mail redeemed too often; only a good code counts."""
    if preview(code=code).problem is None:
        verdict = hit(action="redeem-account", key=email.strip().lower())
        if not verdict.allowed:
            raise too_many(verdict, "Nothing was redeemed.")


def _told(redeemed: Redeemed) -> dict[str, Any]:
    return {
        "redemption_id": redeemed.redemption_id,
        "status_url": reverse("redeem-status", args=[redeemed.redemption_id]),
        "organization": redeemed.organization.slug,
        "app": redeemed.app and {"label": redeemed.app.label, "url": redeemed.app.url},
    }
