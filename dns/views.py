"""The operator's pages: pools, allocations, one allocation with its history and a live check."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from catalyst.identity.permissions import requires
from dns.delegation.proof import Proof, prove
from dns.pools import selectors
from dns.pools.problems import NotPublished

PAGE = 50


@requires("operate")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Pools, and allocations newest first; `?before=` pages by key."""
    rows, next_before = selectors.newest(before=request.GET.get("before", ""), limit=PAGE)
    context = {"pools": selectors.pools(), "allocations": rows, "next_before": next_before}
    return render(request, "dns/index.html", context)


@requires("operate")
@require_GET
def detail(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    """One allocation and its events."""
    return _page(request, allocation_id)


@requires("operate")
@require_POST
def check_now(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    """The same page with the evidence of a proof made now."""
    try:
        return _page(request, allocation_id, proof=prove(allocation_id=allocation_id))
    except NotPublished as problem:
        return _page(request, allocation_id, refusal=problem.detail)


def _page(
    request: HttpRequest, allocation_id: uuid.UUID, *, proof: Proof | None = None, refusal: str = ""
) -> HttpResponse:
    row = selectors.get(allocation_id)
    context = {
        "allocation": row,
        "status": selectors.status_of(row),
        "events": selectors.events_of(row),
        "proof": proof,
        "refusal": refusal,
    }
    return render(request, "dns/detail.html", context, status=409 if refusal else 200)
