"""The kernel's rows, gathered from its rooms."""

from catalyst.api.models import IdempotencyKey
from catalyst.audit.models import AuditEvent, AuditPending, AuditSeal, AuditShipped
from catalyst.eventlog.models import Chunk, Entry, Stream
from catalyst.four_eyes.models import Approval
from catalyst.identity.keycloak.models import FirstAdmin
from catalyst.identity.models import User, UserSession
from catalyst.identity.oidc.models import IssuerLogin, SpentLogoutToken
from catalyst.telemetry.models import Origin
from catalyst.vault.models import Destruction, SealedSecret
from catalyst.work.models import LeaseRow, OutboxItem, WorkerBeat

__all__ = [
    "Approval",
    "AuditEvent",
    "AuditPending",
    "AuditSeal",
    "AuditShipped",
    "Chunk",
    "Destruction",
    "Entry",
    "FirstAdmin",
    "IdempotencyKey",
    "IssuerLogin",
    "LeaseRow",
    "Origin",
    "OutboxItem",
    "SealedSecret",
    "SpentLogoutToken",
    "Stream",
    "User",
    "UserSession",
    "WorkerBeat",
]
