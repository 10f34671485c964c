"""What workers keep at the Sovereign's Keycloak."""

from __future__ import annotations

from catalyst.identity.keycloak import services
from catalyst.work.models import OutboxItem
from catalyst.work.outbox import handler


@handler(services.CODE_ENDS)
def _code_ends(_item: OutboxItem) -> None:
    services.end_code()


@handler(services.GROUPS)
def _groups(item: OutboxItem) -> None:
    services.make_groups(slug=item.payload["slug"])
