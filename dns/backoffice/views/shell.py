"""What every page of this room has: its guards, its tabs, and who is acting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalyst.identity.permissions import View, requires

TABS = (
    ("domains", "Names"),
    ("pools", "Pools"),
    ("drift", "Drift"),
    ("quarantine", "Quarantine"),
    ("reserved-words", "Reserved words"),
    ("service-tokens", "Service tokens"),
    ("dry-run", "Try out"),
)


def page(*methods: str) -> Callable[[View], View]:
    """Guard a view: operators only, these methods only (none: reading), and never from a cache."""

    def guard(view: View) -> View:
        allowed = list(methods) or ["GET", "HEAD"]
        return requires("operate")(require_http_methods(allowed)(never_cache(view)))

    return guard


def show(
    request: HttpRequest, name: str, context: dict[str, Any], *, tab: str, status: int = 200
) -> HttpResponse:
    """Render `dns/backoffice/<name>.html` with the tabs."""
    whole = {**context, "tabs": TABS, "tab": tab}
    return render(request, f"dns/backoffice/{name}.html", whole, status=status)


def by_htmx(request: HttpRequest) -> bool:
    """Is only a part of the page asked for?"""
    return bool(getattr(request, "htmx", False))


def actor(request: HttpRequest) -> str:
    return str(request.user)
