"""Where Stripe's webhooks arrive. A machine's address: the signature of the body is the proof."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalyst.identity.permissions import names
from catalyst.problem import Problem
from franchise.billing.stripe.events import LONGEST
from franchise.billing.webhooks import services


@csrf_exempt  # Stripe has no cookie of ours; its signature is the proof
@never_cache
@require_POST
@names("webhook")
def webhook(request: HttpRequest) -> HttpResponse:
    """200 for what was taken, known or unwanted; anything else and Stripe sends it again."""
    if len(request.body) > LONGEST:
        return JsonResponse({"error": "too-large"}, status=413)
    try:
        state = services.receive(
            body=request.body, signature=request.headers.get("Stripe-Signature", "")
        )
    except Problem as problem:
        return JsonResponse({"error": problem.type}, status=problem.status)
    return JsonResponse({"received": True, "state": state})
