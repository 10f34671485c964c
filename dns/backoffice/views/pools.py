"""Pools: how many names, and whether the parent delegates each to us and vouches for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from catalyst.problem import NotFound, Problem
from dns.backoffice import pool_zone, selectors
from dns.backoffice.views.shell import page, show

TAB = "pools"
UNKNOWN = "Names are not given out under this domain."


@page()
def pools(request: HttpRequest) -> HttpResponse:
    """All of them; the browser fetches each verdict by itself, because it asks the internet."""
    return show(request, "pools", {"rows": selectors.pools()}, tab=TAB)


@page()
def pool(request: HttpRequest, domain: str) -> HttpResponse:
    """One pool, its parent asked now."""
    row = selectors.pool_row(domain)
    if row is None:
        raise NotFound(UNKNOWN)
    context = {"row": row, **_asked(domain)}
    refusal = context.get("refusal")
    return show(request, "pool", context, tab=TAB, status=refusal.status if refusal else 200)


@page()
def verdict(request: HttpRequest, domain: str) -> HttpResponse:
    """The verdict alone, as two pills."""
    if not selectors.is_pool(domain):
        raise NotFound(UNKNOWN)
    return show(request, "_verdict", _asked(domain), tab=TAB)


def _asked(domain: str) -> dict[str, Any]:
    try:
        return {"view": pool_zone.view(domain)}
    except Problem as problem:
        return {"refusal": problem}
