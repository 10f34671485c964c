"""Reviewed things as the clean-up module's variables: which kinds it knows, and in what shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sovereign_wizard.handover.items import Item

# Kinds as the module's variables name them, in its shape.
_VARIABLES = {
    "server": ("servers", ("name", "location", "server_type", "image")),
    "volume": ("volumes", ("name", "location", "size")),
    "load_balancer": ("load_balancers", ("name", "location", "load_balancer_type")),
    "primary_ip": ("primary_ips", ("name", "location", "type")),
    "floating_ip": ("floating_ips", ("name", "location", "type")),
    "image": ("images", ("name", "server_id")),
}


def variables(items: Iterable[Item]) -> dict[str, dict[str, Any]]:
    """The module's variables for exactly these things, keyed by Hetzner's ids."""
    given: dict[str, dict[str, Any]] = {name: {} for name, _ in _VARIABLES.values()}
    for item in items:
        name, members = _VARIABLES[item.kind]
        known = {"name": item.name, "location": item.location, **item.details}
        given[name][str(item.id)] = {member: known[member] for member in members}
    return given
