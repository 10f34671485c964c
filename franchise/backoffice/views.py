"""The back office's first page, its team, and filters that people keep of its lists."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity.models import User
from catalyst.identity.permissions import requires
from catalyst.problem import Invalid
from franchise.backoffice import filters
from franchise.backoffice.places import ACTS, places_for
from franchise.backoffice.team import colleagues, source


@require_safe
@requires("franchise.see")
def home(request: HttpRequest) -> HttpResponse:
    """The sections that this person may open, with what each is for."""
    places = places_for(request.user, path=request.path)
    context = {"places": places, "acts": ACTS}
    return render(request, "franchise/backoffice/home.html", context)


@require_POST
@requires("franchise.see")
def keep_filter(request: HttpRequest) -> HttpResponse:
    """Keep the list's filter under a name, and go back to it."""
    person, page = request.user, request.POST.get("page", "")
    assert isinstance(person, User)
    name, query = request.POST.get("name", ""), request.POST.get("query", "")
    try:
        kept = filters.save(person=person, page=page, name=name, query=query)
    except Invalid as problem:
        tried = {"page": page, "name": name, "query": filters.cleaned(query), "problem": problem}
        return render(request, "franchise/backoffice/filter.html", tried, status=422)
    messages.success(request, _("The filter “%(name)s” is kept.") % {"name": kept.name})
    return redirect(filters.address_of(kept))


@require_POST
@requires("franchise.see")
def forget_filter(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Forget one of one's own filters; the list shows everything then."""
    assert isinstance(request.user, User)
    page = filters.forget(person=request.user, filter_id=filter_id)
    messages.success(request, _("The filter is forgotten."))
    return redirect(page)


@require_safe
@requires("franchise.see")
@never_cache
def team(request: HttpRequest) -> HttpResponse:
    """Who works here, with which roles, and who says so."""
    context = {"rows": colleagues(), "source": source()}
    return render(request, "franchise/backoffice/team.html", context)
