"""What a Deployment has at Hetzner as far as is known, how old that is, and what it costs.

Nothing here asks Hetzner: a page must open when it is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalyst.language.words import lazy
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.provisioning.models import Deployment

# What the module gave out and the page of a state that was never looked at can say.
IDS = (
    ("load_balancer_ip", lazy("Load balancer")),
    ("load_balancer_ipv6", lazy("Load balancer, IPv6")),
    ("network_id", lazy("Network id")),
    ("firewall_id", lazy("Firewall id")),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing with what it is and where it answers."""

    item: Item
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """`inventory` is what was seen last, None before the first look. `state_serial` and
    `state_at`: OpenTofu's newest state here. `outputs`, `servers`: what OpenTofu gave out."""

    inventory: Inventory | None
    occasion: str
    ours: tuple[Thing, ...]
    inside: tuple[Thing, ...]
    state_serial: int | None
    state_at: datetime | None
    outputs: tuple[tuple[str, str], ...]
    servers: tuple[dict[str, Any], ...]

    @property
    def is_older(self) -> bool:
        """Has OpenTofu changed something since the last look?"""
        if self.inventory is None or self.state_at is None:
            return False
        return self.state_at > self.inventory.looked_at

    @property
    def monthly_net(self) -> Decimal:
        return self.inventory.monthly_net if self.inventory else Decimal(0)

    @property
    def hourly_net(self) -> Decimal:
        return self.inventory.hourly_net if self.inventory else Decimal(0)

    @property
    def version(self) -> list[object]:
        looked = self.inventory.looked_at.isoformat() if self.inventory else ""
        return [looked, self.state_serial, self.outputs, len(self.servers)]


def of(deployment: Deployment) -> Infrastructure:
    """Read from rows alone."""
    seen = next(iter(sweep.sightings(deployment)), None)
    inventory = seen.inventory if seen else None
    newest = deployment.state_versions.defer("content").first()
    addresses = _addresses(deployment, inventory.items if inventory else ())
    facts = deployment.facts
    return Infrastructure(
        inventory=inventory,
        occasion=seen.occasion if seen else "",
        ours=_things(inventory.items if inventory else (), addresses),
        inside=_things(inventory.also_found if inventory else (), addresses),
        state_serial=newest.serial if newest else None,
        state_at=newest.created_at if newest else None,
        outputs=tuple((label, str(facts[name])) for name, label in IDS if facts.get(name)),
        servers=tuple(facts.get("servers") or ()),
    )


def _things(items: tuple[Item, ...], addresses: dict[str, str]) -> tuple[Thing, ...]:
    return tuple(
        Thing(item, _what(item), str(item.details.get("ip", "")) or addresses.get(item.key, ""))
        for item in items
    )


def _what(item: Item) -> str:
    """`cx43`, `lb11`, `10 GB`; empty where the kind says it all."""
    details = item.details
    if size := details.get("size"):
        return f"{size} GB"
    return str(details.get("server_type") or details.get("load_balancer_type") or "")


def _addresses(deployment: Deployment, items: tuple[Item, ...]) -> dict[str, str]:
    """Public addresses by `Item.key`, as the module gave them out: of servers by their name, and of
    its one load balancer."""
    facts = deployment.facts
    by_name = {
        str(server["name"]): str(server.get("public_ip") or "")
        for server in facts.get("servers") or ()
    }
    found = {item.key: by_name.get(item.name, "") for item in items if item.kind == "server"}
    balancers = [item.key for item in items if item.kind == "load_balancer"]
    return found | dict.fromkeys(balancers, str(facts.get("load_balancer_ip") or ""))
