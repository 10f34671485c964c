"""The list of names, one name with its timeline, its zone, and what its name servers say now."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from catalyst.problem import Problem
from dns.backoffice import selectors, services, zone
from dns.backoffice.forms import FindForm
from dns.backoffice.views.shell import actor, by_htmx, page, show
from dns.delegation.proof import Evidence, Proof, prove
from dns.pools.problems import NotPublished
from dns.pools.selectors import events_of, get, status_of

TAB = "domains"


@page()
def names(request: HttpRequest) -> HttpResponse:
    """Allocations newest first; `?before=` pages by key. To HTMX the list alone."""
    form = FindForm(request.GET)
    wish = form.cleaned_data if form.is_valid() else {}
    rows, after = selectors.find(
        words=wish.get("q", ""),
        state=wish.get("state", ""),
        pool=wish.get("pool", ""),
        before=request.GET.get("before", ""),
    )
    query = request.GET.copy()
    query["before"] = after
    context = {
        "form": form,
        "allocations": rows,
        "older": query.urlencode() if after else "",
        "sought": any(wish.values()),
        "paged": "before" in request.GET,
    }
    template = "_names" if by_htmx(request) else "names"
    return show(request, template, context, tab=TAB, status=422 if form.errors else 200)


@page()
def name(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    """One allocation and its history."""
    return _name(request, allocation_id)


@page("POST")
def check_now(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    """The same page (to HTMX the evidence alone) with a proof made now."""
    try:
        proof = prove(allocation_id=allocation_id)
    except NotPublished as problem:
        return _name(request, allocation_id, refusal=problem.detail, status=409)
    if by_htmx(request):
        return show(request, "_proof", _evidence(proof), tab=TAB)
    return _name(request, allocation_id, proof=proof)


@page("POST")
def look_again(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    services.look_again(allocation_id=allocation_id, actor=actor(request))
    messages.success(request, "A worker looks at this name now. Reload to see how it went.")
    return redirect("domain", allocation_id)


@page()
def zone_of(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    """What the name servers hold beside what the row wants, and the zone's keys."""
    row = get(allocation_id)
    context: dict[str, Any] = {"allocation": row, "status": status_of(row)}
    try:
        context["view"] = zone.view(row)
    except Problem as problem:
        context["refusal"] = problem
    refusal = context.get("refusal")
    return show(request, "zone", context, tab=TAB, status=refusal.status if refusal else 200)


def _name(
    request: HttpRequest,
    allocation_id: uuid.UUID,
    *,
    proof: Proof | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    row = get(allocation_id)
    context = {
        "allocation": row,
        "status": status_of(row),
        "events": events_of(row).reverse(),
        "refusal": refusal,
        **(_evidence(proof) if proof else {}),
    }
    return show(request, "name", context, tab=TAB, status=status)


def _evidence(proof: Proof) -> dict[str, Any]:
    """The answers by server; of each server, those that are not right come first."""
    by_server: dict[str, list[Evidence]] = {}
    for one in proof.evidence:
        by_server.setdefault(one.server, []).append(one)
    servers = [
        {
            "name": server,
            "answers": sorted(answers, key=lambda one: one.ok),
            "right": sum(one.ok for one in answers),
        }
        for server, answers in by_server.items()
    ]
    return {"proof": proof, "servers": servers}
