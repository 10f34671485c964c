"""Has a control plane enough memory? With 8 GB it runs out of it (weak point W31)."""

from __future__ import annotations

from decimal import Decimal

from sovereign_wizard.catalog.client import Hetzner
from sovereign_wizard.catalog.offer import CONTROL_PLANE_RAM_GB
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed, unknown, warning


def look(subject: Subject) -> Finding:
    size = subject.control_plane_size
    with Hetzner(subject.token) as api:
        found = next(api.every("server_types", name=size), None)
    if found is None:
        return unknown(f"Hetzner has no server type {size}.")
    memory = Decimal(str(found["memory"])).normalize()
    if memory >= CONTROL_PLANE_RAM_GB:
        return passed(f"{size} has {memory:f} GB; a control plane needs {CONTROL_PLANE_RAM_GB} GB.")
    short = f"{size} has {memory:f} GB, and a control plane needs {CONTROL_PLANE_RAM_GB} GB"
    if subject.small_control_plane:
        return warning(f"{short}. It is made because you insisted; it may run out of memory.")
    return failed(f"{short}: it would run out of memory. Choose a larger size, or insist.")


CHECK = Check("memory", "Memory of the control plane", look)
