"""What every page of the back office draws: its sections. Tags draw, never decide."""

from __future__ import annotations

from typing import Any

from django import template

from franchise.backoffice.places import HOME, places_for

register = template.Library()


@register.inclusion_tag("franchise/backoffice/_places.html", takes_context=True)
def backoffice_places(context: template.Context) -> dict[str, Any]:
    """The second level of the navigation."""
    request = context["request"]
    return {
        "home": HOME,
        "path": request.path,
        "places": places_for(request.user, path=request.path),
    }
