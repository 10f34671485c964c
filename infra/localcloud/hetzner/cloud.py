"""What every operation works with: the store, the catalogue, the clock and the news of changes.

Operations change rows inside one transaction and start actions; the time an action takes passes in
`clock.py`. Nothing here touches a process or a socket.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from infra.localcloud.hetzner.catalog import Catalog
from infra.localcloud.hetzner.certificate_files import CertificateFolder
from infra.localcloud.hetzner.errors import ApiError, not_found
from infra.localcloud.hetzner.faults import FaultBook
from infra.localcloud.hetzner.store import Action, Resource, Store

Json = dict[str, Any]

# (load balancer id, machine address or target IP, listen port) -> healthy?
HealthOf = Callable[[int, str, int], str]


def _unknown_health(balancer: int, address: str, listen_port: int) -> str:
    return "unknown"


@dataclass(slots=True)
class Cloud:
    """`keep_user_data(server id, text)` hands user data to the machines' room; `changed` is set
    after every committed write; `doom` is the error every action started now will end with."""

    store: Store
    catalog: Catalog
    range: IPv4Network
    action_seconds: float
    certificates: CertificateFolder
    keep_user_data: Callable[[int, str], None]
    health_of: HealthOf = _unknown_health
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    clock: asyncio.Event = field(default_factory=asyncio.Event)
    faults: FaultBook = field(default_factory=FaultBook)
    doom: Json | None = None

    def announce(self) -> None:
        """Tell the keepers that rows have changed."""
        self.changed.set()
        self.clock.set()

    def start(
        self, command: str, *resources: Resource, seconds: float | None = None, after: float = 0.0
    ) -> Action:
        """A running action about these resources; it ends by itself (see `clock.py`)."""
        now = time.time()
        length = self.action_seconds if seconds is None else seconds
        return self.store.add_action(
            project=resources[0].project,
            command=command,
            started=now,
            due=now + after + length,
            resources=[{"id": row.id, "type": row.kind} for row in resources],
            error=self.doom,
        )

    def need(self, kind: str, identifier: int, project: int) -> Resource:
        """Raises not_found."""
        found = self.store.find(kind, identifier, project)
        if found is None:
            raise not_found(kind, identifier)
        return found


def forbid_protected(resource: Resource) -> None:
    """Raises `protected` when the resource must not be deleted."""
    if resource.body["protection"]["delete"]:
        raise ApiError("protected", f"{resource.kind} is protected against deletion")
