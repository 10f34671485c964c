"""`/metrics` for Prometheus: to this machine itself, or to whoever has the bearer."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client.exposition import choose_encoder

from catalyst.identity.permissions import names
from catalyst.problem import NotFound
from catalyst.telemetry.figures import REGISTRY

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


@require_GET
@never_cache
@names("metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text or OpenMetrics, as asked for. To others there is nothing here (404)."""
    if not _may_read(request):
        raise NotFound("There is nothing at this address.")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(REGISTRY), content_type=content_type)


def _may_read(request: HttpRequest) -> bool:
    token = settings.CATALYST.metrics_token.get_secret_value()
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), token.encode())
    return _is_this_machine(request)


def _is_this_machine(request: HttpRequest) -> bool:
    """From loopback, and not through a proxy that runs here: it would bring strangers."""
    if settings.CATALYST.trusted_proxy or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
