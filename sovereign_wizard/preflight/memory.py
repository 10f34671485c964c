"""Has a control plane enough memory? With 8 GB it runs out of it (weak point W31)."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.catalog.client import Hetzner
from sovereign_wizard.catalog.offer import CONTROL_PLANE_RAM_GB
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed, unknown, warning


def look(subject: Subject) -> Finding:
    size = subject.control_plane_size
    with Hetzner(subject.token) as api:
        found = next(api.every("server_types", name=size), None)
    if found is None:
        return unknown(_("Hetzner has no server type %(size)s.") % {"size": size})
    memory = Decimal(str(found["memory"])).normalize()
    if memory >= CONTROL_PLANE_RAM_GB:
        return passed(
            _("%(size)s has %(memory)s GB; a control plane needs %(control_plane_ram_gb)s GB.")
            % {"size": size, "memory": f"{memory:f}", "control_plane_ram_gb": CONTROL_PLANE_RAM_GB}
        )
    short = _(
        "%(size)s has %(memory)s GB, and a control plane needs %(control_plane_ram_gb)s GB"
    ) % {"size": size, "memory": f"{memory:f}", "control_plane_ram_gb": CONTROL_PLANE_RAM_GB}
    if subject.small_control_plane:
        return warning(
            _("%(short)s. It is made because you insisted; it may run out of memory.")
            % {"short": short}
        )
    return failed(
        _("%(short)s: it would run out of memory. Choose a larger size, or insist.")
        % {"short": short}
    )


CHECK = Check("memory", lazy("Memory of the control plane"), look)
