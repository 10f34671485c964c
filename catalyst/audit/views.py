"""The audit as a page: who did what to which object, for operators and for owners."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalyst.audit import shown
from catalyst.audit.forms import FindForm
from catalyst.audit.selectors import Found, events_of, sees_all
from catalyst.identity.models import User
from catalyst.identity.permissions import requires


@requires("audit.read")
@require_safe
@never_cache
def audit(request: HttpRequest) -> HttpResponse:
    """Newest first, found by key; a filter that cannot be read is said beside its field."""
    user = request.user
    assert isinstance(user, User)
    form = FindForm(request.GET)
    found = Found()
    if form.is_valid():
        found = events_of(user, form.wanted(), before=form.cleaned_data["before"])
    query = request.GET.copy()
    query.pop("before", None)
    sought = any(value for value in query.values())
    older = query.copy()
    older["before"] = str(found.before)
    context: dict[str, Any] = {
        "form": form,
        "rows": [shown.row(event, to=user) for event in found.rows],
        "sees_all": sees_all(user),
        "sought": sought,
        "paged": "before" in request.GET,
        "newest": query.urlencode(),
        "older": older.urlencode() if found.before else "",
    }
    status = 200 if form.is_valid() else 422
    return render(request, "catalyst/audit/audit.html", context, status=status)
