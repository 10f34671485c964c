"""`/api/v1/pool`: check, reserve, renew, commit, release, list (paths and fields of dns.md §1.4).

Operators only for now, apart from `check`. Tokens come in bodies, never in URLs, and only the
answer to a reserve or a renew shows one.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from catalyst.api.document import problems
from catalyst.identity.permissions import allowed
from catalyst.problem import Forbidden, Invalid
from catalyst.vault.secret import Secret
from dns.pools import selectors, services
from dns.pools.models import Allocation, AllocationState

router = Router(tags=["pool"])
LIST_LIMIT = 100


class CheckOut(Schema):
    available: bool
    reason: str
    detail: str
    fqdn: str
    suggestions: list[str]


class ReserveIn(Schema):
    subdomain: str
    createdBy: str = ""  # noqa: N815 (field names of the compatible API)


class TokenIn(Schema):
    subdomain: str
    reservationToken: str  # noqa: N815


class CommitIn(TokenIn):
    loadBalancerIP: str  # noqa: N815
    loadBalancerIPv6: str | None = None  # noqa: N815
    sovereignFQDN: str = ""  # noqa: N815


class AllocationOut(Schema):
    allocationId: uuid.UUID  # noqa: N815
    poolDomain: str  # noqa: N815
    subdomain: str
    sovereignFQDN: str  # noqa: N815
    state: str
    dnsPhase: str  # noqa: N815
    reservedAt: datetime  # noqa: N815
    expiresAt: datetime | None  # noqa: N815
    loadBalancerIP: str | None  # noqa: N815
    loadBalancerIPv6: str | None  # noqa: N815
    createdBy: str  # noqa: N815
    lastError: str  # noqa: N815


class ReservationOut(AllocationOut):
    reservationToken: str  # noqa: N815


class ListOut(Schema):
    poolDomain: str  # noqa: N815
    allocations: list[AllocationOut]


@router.get("/{domain}/check", response=CheckOut)
def check(request: HttpRequest, domain: str, sub: str) -> Any:
    """Always 200. Advice only: `reserve` decides."""
    if not any(allowed(request.user, who) for who in ("sovereign.provision", "operate")):
        raise Forbidden("Your role does not include this.")
    return services.check(pool=domain, label=sub)


@router.post("/{domain}/reserve", response={201: ReservationOut})
def reserve(request: HttpRequest, domain: str, body: ReserveIn) -> Any:
    """Idempotent with an `Idempotency-Key` header."""
    actor = _operator(request)
    reservation = services.reserve(
        pool=domain,
        label=body.subdomain,
        owner=body.createdBy.strip() or f"user:{actor}",
        actor=actor,
        idempotency_key=request.headers.get("Idempotency-Key") or str(uuid.uuid4()),
    )
    return Status(201, _with_token(reservation))


@router.post("/{domain}/renew", response=ReservationOut, openapi_extra=problems(410))
def renew(request: HttpRequest, domain: str, body: TokenIn) -> Any:
    """Hold the reservation for another hour."""
    _operator(request)
    held = selectors.holder_of(pool=domain, label=body.subdomain)
    return _with_token(services.renew(allocation_id=held.pk, token=Secret(body.reservationToken)))


@router.post("/{domain}/commit", response=AllocationOut, openapi_extra=problems(410))
def commit(request: HttpRequest, domain: str, body: CommitIn) -> Any:
    """Publish. The same again is fine."""
    actor = _operator(request)
    held = selectors.holder_of(pool=domain, label=body.subdomain)
    if body.sovereignFQDN and body.sovereignFQDN.rstrip(".").lower() != held.fqdn:
        raise Invalid(f"The name that is held is {held.fqdn}.", field="sovereignFQDN")
    services.commit(
        allocation_id=held.pk,
        token=Secret(body.reservationToken),
        address_v4=body.loadBalancerIP,
        address_v6=body.loadBalancerIPv6,
        actor=actor,
    )
    return _shown(selectors.get(held.pk))


@router.delete("/{domain}/release", response=AllocationOut)
def release(request: HttpRequest, domain: str, body: TokenIn) -> Any:
    """Give the name back; the name servers forget it in the background."""
    actor = _operator(request)
    held = selectors.holder_of(pool=domain, label=body.subdomain)
    services.release(allocation_id=held.pk, token=Secret(body.reservationToken), actor=actor)
    return _shown(selectors.get(held.pk))


@router.get("/{domain}/list", response=ListOut)
def listing(request: HttpRequest, domain: str) -> Any:
    """The newest allocations that are not released; tokens are never shown."""
    _operator(request)
    pool = selectors.pool_of(domain)
    rows = pool.allocations.exclude(state=AllocationState.RELEASED).select_related("pool")
    shown = [_shown(row) for row in rows.order_by("-reserved_at")[:LIST_LIMIT]]
    return {"poolDomain": pool.domain, "allocations": shown}


def _operator(request: HttpRequest) -> str:
    if not allowed(request.user, "operate"):
        raise Forbidden("Your role does not include this.")
    return str(request.user)


def _with_token(reservation: services.Reservation) -> dict[str, Any]:
    shown = _shown(selectors.get(reservation.allocation_id))
    return {**shown, "reservationToken": reservation.token.reveal()}


def _shown(row: Allocation) -> dict[str, Any]:
    return {
        "allocationId": row.pk,
        "poolDomain": row.pool.domain,
        "subdomain": row.label,
        "sovereignFQDN": row.fqdn,
        "state": row.state,
        "dnsPhase": row.dns_phase,
        "reservedAt": row.reserved_at,
        "expiresAt": row.expires_at,
        "loadBalancerIP": row.address_v4,
        "loadBalancerIPv6": row.address_v6,
        "createdBy": row.owner,
        "lastError": row.last_error,
    }
