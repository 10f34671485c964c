"""How an act is written down: the row, its history, the audit and the promise to the worker.

Everything here joins the act's transaction; nothing here decides anything.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from catalyst.audit.services import record
from catalyst.work import outbox
from dns.pools.models import Allocation, AllocationEvent


def change(row: Allocation, *conditions: Q, **fields: Any) -> bool:
    """Write fields of a locked row, and let the worker look at once whatever it waited for.

    False when the row does not meet the conditions.
    """
    fresh = {"attempts": 0, "next_attempt_at": Now(), "last_error": ""}
    return bool(Allocation.objects.filter(*conditions, pk=row.pk).update(**fresh, **fields))


def tell(
    row: Allocation,
    *,
    actor: str,
    kind: str,
    detail: str = "",
    before: str = "",
    promise: bool = True,
) -> None:
    """One event, one audit row, and (unless `promise` is false) a look by the worker."""
    AllocationEvent.objects.create(allocation=row, at=Now(), actor=actor, kind=kind, detail=detail)
    record(
        actor=actor,
        act=f"dns.{kind}",
        object=f"allocation:{row.pk}",
        before={"state": before} if before else {},
        after={"fqdn": row.fqdn, "owner": row.owner, "detail": detail},
    )
    if promise:
        promise_sync(row)


def promise_sync(row: Allocation) -> None:
    """Have a worker bring DNS to what the row wants."""
    outbox.put(topic="dns.sync", key=str(row.pk))
