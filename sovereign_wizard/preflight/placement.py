"""Can these sizes be had in this region now? Asked live, never from a table (weak point W31)."""

from __future__ import annotations

from sovereign_wizard.catalog import hetzner
from sovereign_wizard.catalog.offer import Catalogue, ServerType
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed

ALTERNATIVES = 3


def look(subject: Subject) -> Finding:
    catalogue, region = hetzner.catalogue(subject.token), subject.region
    place = catalogue.location(region)
    if place is None:
        return failed(f"Hetzner has no location {region}.")
    for size in subject.sizes:
        kind = catalogue.server_type(size)
        if kind is None:
            return failed(f"Hetzner has no server type {size}.")
        if region not in kind.available:
            return failed(
                f"{size} cannot be had in {region} now. {_instead(catalogue, kind, region)}"
            )
    return passed(f"{place.city} ({region}) has {' and '.join(subject.sizes)} now.")


def _instead(catalogue: Catalogue, wanted: ServerType, region: str) -> str:
    """The cheapest of the same architecture with as much memory, and where else it is to be had."""
    others = [
        size.name
        for size in catalogue.sold_in(region)
        if region in size.available
        and size.architecture == wanted.architecture
        and size.ram_gb >= wanted.ram_gb
    ][:ALTERNATIVES]
    here = f"There is {', '.join(others)}" if others else "There is nothing like it"
    elsewhere = f"; {wanted.name} is in {', '.join(sorted(wanted.available))}"
    return f"{here} in {region}{elsewhere if wanted.available else ''}."


CHECK = Check("placement", "Region and sizes", look)
