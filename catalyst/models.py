"""The kernel's rows, gathered from its rooms."""

from catalyst.api.models import IdempotencyKey
from catalyst.audit.models import AuditEvent
from catalyst.eventlog.models import Chunk, Entry, Stream
from catalyst.identity.models import User
from catalyst.telemetry.models import Origin
from catalyst.vault.models import SealedSecret
from catalyst.work.models import LeaseRow, OutboxItem, WorkerBeat

__all__ = [
    "AuditEvent",
    "Chunk",
    "Entry",
    "IdempotencyKey",
    "LeaseRow",
    "Origin",
    "OutboxItem",
    "SealedSecret",
    "Stream",
    "User",
    "WorkerBeat",
]
