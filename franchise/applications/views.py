"""Where Gitea tells of pushes. A machine's address: the signature of the body is the proof."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalyst.identity.permissions import names
from catalyst.problem import Problem
from franchise.applications import hooks


@csrf_exempt  # Gitea has no cookie of ours; its signature is the proof
@never_cache
@require_POST
@names("webhook")
def pushed(request: HttpRequest) -> HttpResponse:
    """202 for what is signed, wanted or not."""
    if len(request.body) > hooks.LONGEST:
        return JsonResponse({"error": "too-large"}, status=413)
    try:
        hooks.receive(body=request.body, signature=request.headers.get("X-Gitea-Signature", ""))
    except Problem as problem:
        return JsonResponse({"error": problem.type}, status=problem.status)
    return JsonResponse({"received": True}, status=202)
