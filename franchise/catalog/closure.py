"""The graph of what is sold here: an offer's own dependencies, or those of its Blueprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalyst.blueprints.needs import Need, ToldNeed
from catalyst.blueprints.services import apps as blueprints
from franchise.catalog.dependencies.graph import Thing, Things, check
from franchise.catalog.dependencies.stack import Stack
from franchise.catalog.models import Offer
from franchise.catalog.quotes import Size


@dataclass(frozen=True, slots=True)
class Whole:
    """`services` come along; `needs`: what each App needs now, for whoever installs it to keep."""

    services: tuple[str, ...]
    size: Size
    needs: Mapping[str, tuple[Need, ...]]


def needs_of(offer: Offer) -> tuple[Need, ...]:
    """Raises ValueError (pydantic's too) for dependencies that nobody can read."""
    if offer.depends is not None:
        return needs_from(offer.depends)
    blueprint = blueprints().get(offer.slug)
    return blueprint.depends if blueprint else ()


def needs_from(told: Iterable[Any]) -> tuple[Need, ...]:
    """From JSON: names, or mappings as a Blueprint says them. Raises ValueError."""
    return tuple(
        Need.of(each if isinstance(each, str) else ToldNeed.model_validate(each)) for each in told
    )


def things(offers: Iterable[Offer]) -> Things:
    """Everything that is offered, for the graph."""
    known = blueprints()
    return {
        each.slug: Thing(
            each.slug, needs_of(each), each.shareable,
            known[each.slug].version if each.slug in known else "",
        )
        for each in offers
    }  # fmt: skip


def come_along(offers: Mapping[str, Offer], chosen: Iterable[str]) -> Whole:
    """What a choice brings and takes in all; what is shared counts once. Raises Unsound."""
    stack = Stack(check(things(offers.values())), frozenset(chosen))
    size = Size()
    for instance in stack.instances.values():
        each = offers[instance.slug]
        size += Size(each.cpu_milli, each.memory_mb, each.disk_gb)
    slugs = {each.slug for each in stack.instances.values()}
    return Whole(stack.services, size, {slug: stack.things[slug].needs for slug in sorted(slugs)})
