"""What workers do for this app: outbox topic `dns.sync`, and a look in every round."""

from __future__ import annotations

import uuid

from catalyst.work import beat, outbox
from catalyst.work.models import OutboxItem
from dns.pools import services, worker


@outbox.handler("dns.sync")
def sync(item: OutboxItem) -> None:
    """Bring one allocation's DNS to what its row wants."""
    worker.sync(allocation_id=uuid.UUID(item.key))


@beat.every_round
def look() -> None:
    """Reservations that ran out, and rows whose DNS is not as they want."""
    services.expire()
    worker.sync_due()
