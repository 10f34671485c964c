"""`POST /acme/update` as acme-dns speaks it, for ACME clients of Sovereigns (no session, no CSRF).

Protocol: https://github.com/joohoi/acme-dns, section "Update endpoint". The key comes in a header
and is compared in constant time; errors are `{"error": …}` as that protocol's clients expect. Tries
are counted by address first, so that guessing keys is slow.
"""

from __future__ import annotations

import json

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalyst.identity.permissions import names
from catalyst.limits.gate import by_address, count, with_headers
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from dns.acme import services


@csrf_exempt
@names("acme-key")
@require_POST
def update(request: HttpRequest) -> JsonResponse:
    """Headers `X-Api-User`, `X-Api-Key`; body `{"subdomain", "txt"}`; answers 200 `{"txt"}`."""
    username, address = request.headers.get("X-Api-User", ""), by_address(request)
    verdict = count({"acme-update-address": address, "acme-update": f"{username}:{address}"})
    if not verdict.allowed:
        return with_headers(JsonResponse({"error": "rate_limited"}, status=429), verdict)
    return with_headers(_update(request, username), verdict)


def _update(request: HttpRequest, username: str) -> JsonResponse:
    try:
        body = json.loads(request.body)
        subdomain, text = str(body["subdomain"]), str(body["txt"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "malformed_json_payload"}, status=400)
    try:
        services.update(
            username=username,
            key=Secret(request.headers.get("X-Api-Key", "")),
            subdomain=subdomain,
            text=text,
        )
    except services.BadText:
        return JsonResponse({"error": "bad_txt"}, status=400)
    except Problem as problem:
        return JsonResponse({"error": problem.type}, status=problem.status)
    return JsonResponse({"txt": text})
