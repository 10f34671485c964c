"""Where a thing is used: in the catalog itself, and wherever other rooms say (subscriptions)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from franchise.catalog.closure import needs_of
from franchise.catalog.models import Bundle, Industry, Kind, Offer


@dataclass(frozen=True, slots=True)
class Use:
    """`title` in the reader's language. `breaks`: it cannot be without the thing."""

    kind: str
    slug: str
    title: str
    breaks: bool = False


# Rooms above this one tell their own uses: franchise/apps.py fills this in.
Tell = Callable[[Kind, str], list[Use]]
_others: list[Tell] = []


def on_where_used(tell: Tell) -> None:
    """`tell(kind, slug)` is asked as well from now on."""
    if tell not in _others:
        _others.append(tell)


def where_used(*, kind: Kind, slug: str) -> list[Use]:
    """Things on sale that name this one, and what other rooms say."""
    found: list[Use] = []
    if kind == Kind.PLAN:
        rows = Bundle.objects.filter(active=True, recommended_plan__slug=slug)
        found += [Use(Kind.BUNDLE, each.slug, each.title) for each in rows]
    if kind == Kind.OFFER:
        found += [
            Use(Kind.OFFER, each.slug, each.title, breaks=True)
            for each in Offer.objects.filter(active=True).exclude(slug=slug)
            if slug in {need.blueprint for need in needs_of(each)}
        ]
        for other, table in ((Kind.BUNDLE, Bundle), (Kind.INDUSTRY, Industry)):
            rows_of = table._default_manager.filter(active=True, apps__slug=slug)
            found += [Use(other, each.slug, each.title) for each in rows_of]
    return found + [use for tell in _others for use in tell(kind, slug)]
