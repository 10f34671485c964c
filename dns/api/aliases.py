"""The same acts under the paths of the plan: `/v1/reserve`, `/v1/commit`, `/v1/validate`.

The pool is in the body there. `/healthz` tells what the pool-domain-manager looks after.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from catalyst.api.document import keyed, problems
from catalyst.api.shapes import Asked, Document
from dns.api import held, pool
from dns.api.compatible import Prefer, compatible
from dns.api.shapes import (
    AllocationHeld,
    AllocationPending,
    AllocationShown,
    DryRun,
    Label,
    NameAvailability,
    NameCommit,
    NamePlan,
    NameReserve,
)
from dns.api.who import AUTH, CHECK, caller
from dns.names import MAX_NAME
from dns.pools import selectors
from dns.registrars.catalog import REGISTRARS
from dns.tokens.models import Scope

router = Router(tags=["pool"], by_alias=True, auth=AUTH)
router.add_decorator(compatible, mode="view")


class InPool(Asked):
    pool_domain: str = Field(max_length=MAX_NAME, examples=["omani.works"])


class ReserveIn(InPool, NameReserve):
    pass


class CommitIn(InPool, NameCommit):
    pass


class ValidateIn(InPool):
    subdomain: Label


class NamesHealth(Document):
    status: str = Field(examples=["ok"])
    managed_domains: list[str]
    registrars: list[str] = Field(description="those whose domains can be flipped")


@router.post(
    "/reserve",
    response={200: NamePlan, 201: AllocationHeld},
    summary="Hold a name for an hour (pool in the body)",
    openapi_extra=keyed(required=False),
)
def reserve(request: HttpRequest, body: ReserveIn, dry_run: DryRun = False) -> Any:
    """As `/pool/{domain}/reserve`."""
    return pool.reserved(request, domain=body.pool_domain, body=body, dry_run=dry_run)


@router.post(
    "/commit",
    response={200: AllocationShown | NamePlan, 202: AllocationPending},
    summary="Publish a name (pool in the body)",
    openapi_extra=problems(404, 410),
)
def commit(request: HttpRequest, body: CommitIn, prefer: Prefer, dry_run: DryRun = False) -> Any:
    """As `/pool/{domain}/commit`."""
    return held.committed(
        request, domain=body.pool_domain, body=body, prefer=prefer, dry_run=dry_run
    )


@router.post(
    "/validate",
    auth=CHECK,
    response=NameAvailability,
    summary="Is this name free? (pool in the body)",
)
def validate(request: HttpRequest, body: ValidateIn) -> Any:
    """As `/pool/{domain}/check`; nothing is kept."""
    return pool.availability(request, domain=body.pool_domain, sub=body.subdomain)


@router.get("/pool/healthz", auth=CHECK, response=NamesHealth, summary="What is looked after here")
def healthz(request: HttpRequest) -> Any:
    """The database answers, else this is a 500; whether PowerDNS does, `/readyz` tells."""
    caller(request, Scope.CHECK)
    return NamesHealth(
        status="ok", managed_domains=selectors.open_pools(), registrars=sorted(REGISTRARS)
    )
