"""What pages of the back office share: its sections, and the filters people keep of its lists.

Tags draw, never decide.
"""

from __future__ import annotations

from typing import Any

from django import template

from franchise.backoffice import filters
from franchise.backoffice.places import HOME, places_for

register = template.Library()


@register.inclusion_tag("franchise/backoffice/_places.html", takes_context=True)
def backoffice_places(context: template.Context) -> dict[str, Any]:
    """The second level of the navigation."""
    request = context["request"]
    places = places_for(request.user, path=request.path)
    here = next((place for place in places if place.current), None)
    return {"home": HOME, "path": request.path, "places": places, "here": here}


@register.inclusion_tag("franchise/backoffice/_filters.html", takes_context=True)
def saved_filters(context: template.Context) -> dict[str, Any]:
    """On a list page: one's own filters of it, and a way to keep or forget the present one."""
    request = context["request"]
    page = request.resolver_match.view_name
    kept = list(filters.kept_by(request.user, page=page))
    query = filters.cleaned(request.META.get("QUERY_STRING", ""))
    return {
        "csrf_token": context.get("csrf_token"),
        "list_url": request.path,
        "page": page,
        "kept": kept,
        "query": query,
        "current": next((each for each in kept if each.query == query), None),
    }
