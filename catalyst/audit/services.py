"""`record()`: one audit row inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from catalyst.audit.context import asking
from catalyst.audit.facts import facts
from catalyst.audit.models import AuditEvent
from catalyst.identity.models import User
from catalyst.web.address import address_of


def record(
    *,
    actor: str,
    act: str,
    object: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
    person: User | None = None,
) -> AuditEvent:
    """Write the audit row of an act.

    Must run inside the act's transaction, so that an act whose audit cannot be written does not
    happen. `before` and `after` hold plain facts; a `Secret` in them becomes a fingerprint. Person,
    roles, address and request id come from the request that is being answered; `person` is for who
    just logged in. Raises TransactionManagementError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "audit.record() belongs inside the act's transaction"
        )
    request = request or asking()
    who = person or _person(request)
    return AuditEvent.objects.create(
        actor=actor,
        person=who.pk if who else None,
        role=who.acting_as[:200] if who else "",
        act=act,
        object=object,
        address=address_of(request) if request else None,
        request_id=getattr(request, "request_id", "") if request else "",
        before=facts(before),
        after=facts(after),
    )


def _person(request: HttpRequest | None) -> User | None:
    visit = getattr(request, "visit", None)  # who really asks (identity.visits)
    user = visit.visitor if visit else getattr(request, "user", None)
    return user if isinstance(user, User) else None
