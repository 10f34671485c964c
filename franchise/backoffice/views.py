"""The back office's first page: what there is to do here, for everybody who may come in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalyst.identity.permissions import requires
from franchise.backoffice.places import places_for


@require_safe
@requires("franchise.see")
def home(request: HttpRequest) -> HttpResponse:
    """The sections that this person may open, with what each is for."""
    places = places_for(request.user, path=request.path)
    return render(request, "franchise/backoffice/home.html", {"places": places})
