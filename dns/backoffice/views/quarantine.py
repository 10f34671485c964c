"""Names that rest after use, and letting one go before its time."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dns.backoffice import selectors
from dns.backoffice.forms import ReasonForm
from dns.backoffice.views.shell import actor, page, show
from dns.pools import services
from dns.pools.selectors import get

TAB = "quarantine"


@page()
def quarantine(request: HttpRequest) -> HttpResponse:
    rows, after = selectors.resting(before=request.GET.get("before", ""))
    context = {"allocations": rows, "after": after, "paged": "before" in request.GET}
    return show(request, "quarantine", context, tab=TAB)


@page("GET", "HEAD", "POST")
def lift(request: HttpRequest, allocation_id: uuid.UUID) -> HttpResponse:
    """Asks for a reason, then lets anybody take the name."""
    row = get(allocation_id)
    form = ReasonForm(request.POST or None) if request.method == "POST" else ReasonForm()
    if request.method == "POST" and form.is_valid():
        services.end_quarantine(
            allocation_id=allocation_id, actor=actor(request), reason=form.cleaned_data["reason"]
        )
        messages.success(request, f"Anybody may take {row.fqdn} now.")
        return redirect("quarantine")
    status = 422 if form.errors else 200
    return show(request, "lift", {"allocation": row, "form": form}, tab=TAB, status=status)
