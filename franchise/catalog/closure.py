"""What comes along with Apps, and how much room all of it takes: from the offers' own rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalyst.blueprints.selection import closure
from catalyst.blueprints.services import apps as blueprints
from franchise.catalog.models import Offer
from franchise.catalog.quotes import Size


@dataclass(frozen=True, slots=True)
class Whole:
    services: tuple[str, ...]
    size: Size


def come_along(offers: Mapping[str, Offer], chosen: Iterable[str]) -> Whole:
    """A shared service is counted once."""
    needs = {slug: blueprints()[slug].needs if slug in blueprints() else () for slug in offers}
    names = closure(needs, chosen)
    size = Size()
    for name in sorted(names):
        each = offers[name]
        size += Size(each.cpu_milli, each.memory_mb, each.disk_gb)
    return Whole(tuple(sorted(names - set(chosen))), size)
