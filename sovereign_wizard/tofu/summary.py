"""What a plan will do, in numbers and words, read from `tofu show -json`.

Reads addresses, types and actions only: the document also holds secrets, which stay in it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    ADOPT = "takes over"
    CREATE = "creates"
    UPDATE = "changes"
    REPLACE = "replaces"
    DELETE = "destroys"


_ACTIONS = {
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("create", "delete"): Action.REPLACE,
    ("delete", "create"): Action.REPLACE,
}

LOSING = (Action.REPLACE, Action.DELETE)

_NOUNS = {
    "hcloud_network": "network",
    "hcloud_network_subnet": "subnet",
    "hcloud_ssh_key": "SSH key",
    "hcloud_firewall": "firewall",
    "hcloud_server": "server",
    "hcloud_load_balancer": "load balancer",
    "hcloud_load_balancer_network": "load balancer network",
    "hcloud_load_balancer_target": "load balancer target",
    "hcloud_load_balancer_service": "load balancer service",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing whose data is gone afterwards. `address` as in the module, e.g.
    `hcloud_server.worker[0]`; `action` is Action.DELETE or Action.REPLACE."""

    action: Action
    address: str


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """`counts`: action → resource type → how many, in the plan's order. `losses`: what would be
    destroyed, or destroyed and made again; a person should see each before it happens. ADOPT is
    what an interrupted run left behind; it may be changed as well."""

    counts: Mapping[Action, Mapping[str, int]]
    losses: tuple[Loss, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.counts

    def total(self, action: Action) -> int:
        return sum(self.counts.get(action, {}).values())

    def words(self) -> str:
        """e.g. "creates 1 network, 1 subnet and 3 servers; destroys 1 server"."""
        if self.is_empty:
            return "changes nothing"
        return "; ".join(
            f"{action} {_list([_counted(kind, count) for kind, count in kinds.items()])}"
            for action, kinds in self.counts.items()
        )


def of(document: str) -> PlanSummary:
    """Summary of the document `tofu show -json <plan>` wrote."""
    found: dict[Action, Counter[str]] = {}
    losses = []
    for change in json.loads(document).get("resource_changes", []):
        if change.get("mode") == "data":
            continue
        if change["change"].get("importing"):
            found.setdefault(Action.ADOPT, Counter())[change["type"]] += 1
        action = _ACTIONS.get(tuple(change["change"]["actions"]))
        if action is None:
            continue
        found.setdefault(action, Counter())[change["type"]] += 1
        if action in LOSING:
            losses.append(Loss(action, change["address"]))
    order = list(_NOUNS)
    counts = {
        action: dict(sorted(found[action].items(), key=lambda item: _rank(order, item[0])))
        for action in Action
        if action in found
    }
    # Machines and their volumes hold data, so they are read first.
    losses.sort(key=lambda loss: not loss.address.startswith(("hcloud_server.", "hcloud_volume.")))
    return PlanSummary(counts, tuple(losses))


def taken_over(document: str) -> dict[str, str]:
    """Address → id of what the plan in this document would take over (`import` blocks)."""
    changes = json.loads(document).get("resource_changes", [])
    return {
        change["address"]: str(change["change"]["importing"]["id"])
        for change in changes
        if change["change"].get("importing")
    }


def _rank(order: list[str], kind: str) -> tuple[int, str]:
    return (order.index(kind) if kind in order else len(order), kind)


def _counted(kind: str, count: int) -> str:
    noun = _NOUNS.get(kind) or kind.partition("_")[2].replace("_", " ") or kind
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
