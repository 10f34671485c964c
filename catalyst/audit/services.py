"""`record()`: one audit row inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from catalyst.audit.models import AuditEvent


def record(
    *,
    actor: str,
    act: str,
    object: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> AuditEvent:
    """Write the audit row of an act.

    Must run inside the act's transaction, so that an act whose audit cannot be written does not
    happen. `before` and `after` hold plain facts; secrets appear as fingerprints only.
    Raises TransactionManagementError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "audit.record() belongs inside the act's transaction"
        )
    return AuditEvent.objects.create(
        actor=actor,
        act=act,
        object=object,
        address=request.META.get("REMOTE_ADDR") or None if request else None,
        request_id=getattr(request, "request_id", "") if request else "",
        before=before or {},
        after=after or {},
    )
