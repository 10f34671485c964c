"""Is a name free; take it. Tokens come in bodies, and only the answer to a reserve or a renew shows
one.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from catalyst.api.document import keyed
from dns.api.compatible import compatible, idempotency_key
from dns.api.shapes import (
    AllocationHeld,
    DryRun,
    NameAvailability,
    NamePlan,
    NameReserve,
    planned,
    shown,
)
from dns.api.who import AUTH, CHECK, caller
from dns.names import MAX_NAME
from dns.pools import plan, selectors, services
from dns.tokens.models import Scope

Sub = Annotated[str, Query(max_length=MAX_NAME)]
router = Router(tags=["pool"], by_alias=True, auth=AUTH)
router.add_decorator(compatible, mode="view")


@router.get("/{domain}/check", auth=CHECK, response=NameAvailability, summary="Is this name free?")
def check(request: HttpRequest, domain: str, sub: Sub) -> Any:
    """Always 200 for what somebody typed. Advice only: `reserve` decides."""
    return availability(request, domain=domain, sub=sub)


@router.post(
    "/{domain}/reserve",
    response={200: NamePlan, 201: AllocationHeld},
    summary="Hold a name for an hour",
    openapi_extra=keyed(required=False),
)
def reserve(request: HttpRequest, domain: str, body: NameReserve, dry_run: DryRun = False) -> Any:
    """The same Idempotency-Key gives the same allocation and token while it lives.

    409: `name-taken` (with free `suggestions`), `quarantined`, `over-limit`; 422: `invalid-format`
    (with a `reason`), `reserved`, `unsupported-pool`. A dry run answers 200 with the plan.
    """
    return reserved(request, domain=domain, body=body, dry_run=dry_run)


def availability(request: HttpRequest, *, domain: str, sub: str) -> NameAvailability:
    """The answer to a check, whatever path it came by."""
    who = caller(request, Scope.CHECK, domain=domain)
    return NameAvailability(**asdict(services.check(pool=domain, label=sub, account=who.owner)))


def reserved(request: HttpRequest, *, domain: str, body: NameReserve, dry_run: bool) -> Any:
    """The answer to a reserve, whatever path it came by."""
    who = caller(request, Scope.RESERVE, domain=domain)

    def act() -> services.Reservation:
        return services.reserve(
            pool=domain,
            label=body.subdomain,
            owner=who.owner,
            created_by=body.created_by.strip() or who.actor,
            actor=who.actor,
            idempotency_key=idempotency_key(request) or str(uuid.uuid4()),
            names_limit=who.names_limit,
        )

    if dry_run:
        return Status(200, planned(plan.of(lambda: act().allocation_id)))
    return Status(201, with_token(act()))


def with_token(reservation: services.Reservation) -> AllocationHeld:
    row = selectors.get(reservation.allocation_id)
    return AllocationHeld(**shown(row), reservation_token=reservation.token.reveal())
