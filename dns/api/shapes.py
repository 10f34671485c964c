"""The documents of `/api/v1/pool`, in the earlier system's field names."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from catalyst.api.shapes import Asked, Document
from dns.names import MAX_NAME
from dns.pools.models import Allocation
from dns.pools.plan import Plan

Label = Annotated[str, Field(max_length=MAX_NAME, examples=["omantel"])]
Token = Annotated[str, Field(max_length=200, description="From the answer to the reserve.")]
DryRun = Annotated[
    bool, Query(alias="dryRun", description="Do nothing; answer with what would be written.")
]


class NameReserve(Asked):
    subdomain: Label
    created_by: str = Field(
        "", max_length=254, description="Who asked, e.g. `crossplane/<uid>`; shown in lists."
    )


class NameHeld(Asked):
    """What a holder shows: the name and its token."""

    subdomain: Label
    reservation_token: Token


class NameCommit(NameHeld):
    load_balancer_ip: str = Field("", alias="loadBalancerIP", max_length=60)
    load_balancer_ipv6: str | None = Field(None, alias="loadBalancerIPv6", max_length=60)
    sovereign_fqdn: str = Field("", alias="sovereignFQDN", max_length=254)


class NameRelease(Asked):
    """`reservationToken`, or `createdBy` as at the reserve (same program or person)."""

    subdomain: Label = ""
    reservation_token: Token = ""
    created_by: str = Field("", max_length=254)


class NameAvailability(Document):
    """`reason` is empty when available."""

    available: bool
    reason: str = Field(
        description="invalid-format, unsupported-pool, reserved, reserved-state, active-state, "
        "releasing-state or quarantined"
    )
    detail: str
    fqdn: str
    suggestions: list[str]


class AllocationShown(Document):
    """An allocation. Its token is never here."""

    allocation_id: uuid.UUID
    pool_domain: str
    subdomain: str
    sovereign_fqdn: str = Field(alias="sovereignFQDN")
    state: str = Field(description="reserved, active, releasing or released: what was asked for")
    dns_phase: str = Field(description="how far the name servers are")
    generation: int = Field(description="counts the holders of this name")
    reserved_at: datetime
    expires_at: datetime | None
    load_balancer_ip: str | None = Field(alias="loadBalancerIP")
    load_balancer_ipv6: str | None = Field(alias="loadBalancerIPv6")
    created_by: str
    owner: str
    last_error: str


class AllocationHeld(AllocationShown):
    reservation_token: str


class AllocationPending(AllocationShown):
    """Accepted; the name servers are not there yet. `warning` is `dns-pending` or `dns-failed`."""

    warning: str
    detail: str


class AllocationFreed(Document):
    freed: AllocationShown


class AllocationFreedPending(AllocationFreed):
    warning: str
    detail: str


class AllocationsListed(Document):
    pool_domain: str
    allocations: list[AllocationShown]


class NameEvent(Document):
    at: datetime
    actor: str
    kind: str
    detail: str
    generation: int


class NameHistory(Document):
    sovereign_fqdn: str = Field(alias="sovereignFQDN")
    events: list[NameEvent]


class PlannedRow(Document):
    table: str
    change: str = Field(description="insert or update")
    values: dict[str, str | None]


class PlannedRRset(Document):
    zone: str
    name: str
    type: str
    ttl: int
    records: list[str]
    change: str = Field(description="write or remove")


class NamePlan(Document):
    """What the act would write; nothing was."""

    dry_run: bool = True
    rows: list[PlannedRow]
    rrsets: list[PlannedRRset]


def shown(row: Allocation) -> dict[str, Any]:
    return {
        "allocation_id": row.pk,
        "pool_domain": row.pool.domain,
        "subdomain": row.label,
        "sovereign_fqdn": row.fqdn,
        "state": row.state,
        "dns_phase": row.dns_phase,
        "generation": row.generation,
        "reserved_at": row.reserved_at,
        "expires_at": row.expires_at,
        "load_balancer_ip": row.address_v4,
        "load_balancer_ipv6": row.address_v6,
        "created_by": row.created_by,
        "owner": row.owner,
        "last_error": row.last_error,
    }


def planned(plan: Plan) -> NamePlan:
    return NamePlan(**asdict(plan))
