"""What is in a project now, counted by whose it is. Reads only.

The vendor's API names neither the project a token belongs to nor its limits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from catalyst.language.things import counted
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.client import Hetzner, Json, UnknownPath

LABEL = "catalyst.openova.io/deployment"
# Kinds that cost money or stand in the way of names, in the order people read them.
KINDS = {
    "servers": "server",
    "load_balancers": "load balancer",
    "networks": "network",
    "firewalls": "firewall",
    "volumes": "volume",
    "primary_ips": "primary IP",
    "floating_ips": "floating IP",
    "placement_groups": "placement group",
    "certificates": "certificate",
    "ssh_keys": "SSH key",
}


@dataclass(frozen=True, slots=True)
class Project:
    """How many of each kind (singular noun → count), by what their label says.

    `unread`: kinds (plural) that could not be looked at, because the API has none.
    """

    of_deployments: dict[str, Counter[str]]
    unlabelled: Counter[str]
    unread: tuple[str, ...]

    @property
    def total(self) -> Counter[str]:
        return sum(self.of_deployments.values(), Counter()) + self.unlabelled


def look(token: Secret) -> Project:
    """Everything in the token's project: ten reads or a few more. Raises what `Hetzner` raises."""
    of_deployments: dict[str, Counter[str]] = {}
    unlabelled: Counter[str] = Counter()
    unread = []
    with Hetzner(token) as api:
        for kind, noun in KINDS.items():
            try:
                things = [thing for thing in api.every(kind) if not _goes_with_server(kind, thing)]
            except UnknownPath:
                unread.append(kind)
                continue
            for thing in things:
                owner = thing.get("labels", {}).get(LABEL)
                counts = of_deployments.setdefault(owner, Counter()) if owner else unlabelled
                counts[noun] += 1
    return Project(of_deployments, unlabelled, tuple(unread))


def _goes_with_server(kind: str, thing: Json) -> bool:
    """An address that is deleted with its server: the server stands for it."""
    return kind == "primary_ips" and bool(thing["auto_delete"] and thing["assignee_id"])


def words(counts: Counter[str]) -> str:
    """E.g. `2 servers, 1 network`; `nothing`."""
    return counted(counts)
