"""Can these sizes be had in this region now? Asked live, never from a table (weak point W31)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.catalog import hetzner
from sovereign_wizard.catalog.offer import Catalogue, ServerType
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed

ALTERNATIVES = 3


def look(subject: Subject) -> Finding:
    catalogue, region = hetzner.catalogue(subject.token), subject.region
    place = catalogue.location(region)
    if place is None:
        return failed(_("Hetzner has no location %(region)s.") % {"region": region})
    for size in subject.sizes:
        kind = catalogue.server_type(size)
        if kind is None:
            return failed(_("Hetzner has no server type %(size)s.") % {"size": size})
        if region not in kind.available:
            return failed(
                _("%(size)s cannot be had in %(region)s now. %(catalogue)s")
                % {"size": size, "region": region, "catalogue": _instead(catalogue, kind, region)}
            )
    return passed(
        _("%(city)s (%(region)s) has %(sizes)s now.")
        % {"city": place.city, "region": region, "sizes": " and ".join(subject.sizes)}
    )


def _instead(catalogue: Catalogue, wanted: ServerType, region: str) -> str:
    """The cheapest of the same architecture with as much memory, and where else it is to be had."""
    others = [
        size.name
        for size in catalogue.sold_in(region)
        if region in size.available
        and size.architecture == wanted.architecture
        and size.ram_gb >= wanted.ram_gb
    ][:ALTERNATIVES]
    here = (
        _("There is %(others)s") % {"others": ", ".join(others)}
        if others
        else _("There is nothing like it")
    )
    elsewhere = _("; %(name)s is in %(names)s") % {
        "name": wanted.name,
        "names": ", ".join(sorted(wanted.available)),
    }
    return _("%(here)s in %(region)s%(value)s.") % {
        "here": here,
        "region": region,
        "value": elsewhere if wanted.available else "",
    }


CHECK = Check("placement", lazy("Region and sizes"), look)
