"""Reads: is a name free, how is an allocation, what is there. Nothing here writes."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from dns.names import InvalidName, NameReserved, candidates, validate
from dns.pools.models import Allocation, AllocationEvent, AllocationState, DnsPhase, Pool
from dns.pools.problems import UnknownAllocation, UnknownPool
from dns.pools.values import AllocationStatus, Availability

SUGGESTIONS = 3
_STATE_DETAIL = {
    AllocationState.RESERVED: "Somebody is just taking it.",
    AllocationState.ACTIVE: "It is in use.",
    AllocationState.RELEASING: "It is just being given back. Try again in a minute.",
}
_WANTED_PHASE = {
    AllocationState.RESERVED: DnsPhase.DELEGATED,
    AllocationState.ACTIVE: DnsPhase.PUBLISHED,
    AllocationState.RELEASED: DnsPhase.GONE,
}


def database_now() -> datetime:
    """The database's clock at this instant: what decides every deadline here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now


def pool_of(domain: str) -> Pool:
    """The enabled pool of a domain. Raises UnknownPool."""
    pool = Pool.objects.filter(domain=domain.strip().rstrip(".").lower(), enabled=True).first()
    if pool is None:
        raise UnknownPool(f"Names are not given out under {domain}.", field="pool")
    return pool


def taken(*, pool: Pool) -> QuerySet[Allocation]:
    """What cannot be reserved now: not released, and not a reservation that ran out."""
    overdue = Q(state=AllocationState.RESERVED, expires_at__lte=Now())
    return pool.allocations.exclude(state=AllocationState.RELEASED).exclude(overdue)


def check(*, pool: str, label: str) -> Availability:
    """Is this name free? Never raises for what somebody typed; says why not and what is free."""
    try:
        row = pool_of(pool)
    except UnknownPool as problem:
        return Availability(False, problem.type, problem.detail, "", ())
    try:
        name = validate(label=label, domain=row.domain)
    except (InvalidName, NameReserved) as problem:
        free = free_names(pool=row, label=label)
        return Availability(False, problem.type, problem.detail, "", free)
    holder = taken(pool=row).filter(label=name.label).values_list("state", flat=True).first()
    if holder is None:
        return Availability(True, "", "", name.fqdn, ())
    detail = _STATE_DETAIL[AllocationState(holder)]
    free = free_names(pool=row, label=name.label)
    return Availability(False, f"{holder}-state", detail, name.fqdn, free)


def free_names(*, pool: Pool, label: str) -> tuple[str, ...]:
    """Up to SUGGESTIONS labels close to `label` that are free at this moment."""
    close = list(dict.fromkeys(candidates(label=label, domain=pool.domain)))
    busy = set(taken(pool=pool).filter(label__in=close).values_list("label", flat=True))
    return tuple(text for text in close if text not in busy)[:SUGGESTIONS]


def get(allocation_id: uuid.UUID) -> Allocation:
    """The row with its pool. Raises UnknownAllocation."""
    row = Allocation.objects.select_related("pool").filter(pk=allocation_id).first()
    if row is None:
        raise UnknownAllocation("No name was ever reserved under this id.")
    return row


def holder_of(*, pool: str, label: str) -> Allocation:
    """Who holds a name now, overdue or not. Raises UnknownPool, InvalidName, UnknownAllocation."""
    row = pool_of(pool)
    name = validate(label=label, domain=row.domain)
    held = row.allocations.exclude(state=AllocationState.RELEASED).filter(label=name.label).first()
    if held is None:
        raise UnknownAllocation(f"Nobody holds {name.fqdn}.")
    return held


def status(*, allocation_id: uuid.UUID) -> AllocationStatus:
    """How an allocation is. Raises UnknownAllocation."""
    return status_of(get(allocation_id))


def status_of(row: Allocation) -> AllocationStatus:
    """The value of a row that was read already."""
    state = AllocationState(row.state)
    return AllocationStatus(
        allocation_id=row.pk,
        fqdn=row.fqdn,
        state=row.state,
        dns_phase=row.dns_phase,
        settled=_WANTED_PHASE.get(state) == row.dns_phase,
        owner=row.owner,
        address_v4=row.address_v4,
        address_v6=row.address_v6,
        expires_at=row.expires_at,
        attempts=row.attempts,
        last_error=row.last_error,
    )


def pools() -> QuerySet[Pool]:
    """Every pool with how many names are held (`held`)."""
    live = ~Q(allocations__state=AllocationState.RELEASED)
    return Pool.objects.annotate(held=Count("allocations", filter=live))


def newest(*, before: str, limit: int) -> tuple[list[Allocation], str]:
    """Allocations newest first, from after the cursor `before`; and the next cursor or ""."""
    rows = Allocation.objects.select_related("pool").order_by("-reserved_at", "-pk")
    when, _, last = before.partition("_")
    with suppress(ValueError):
        rows = rows.filter(
            Q(reserved_at__lt=datetime.fromisoformat(when))
            | Q(reserved_at=datetime.fromisoformat(when), pk__lt=uuid.UUID(last))
        )
    page = list(rows[: limit + 1])
    if len(page) <= limit:
        return page, ""
    end = page[limit - 1]
    return page[:limit], f"{end.reserved_at.isoformat()}_{end.pk}"


def events_of(row: Allocation) -> QuerySet[AllocationEvent]:
    """An allocation's history, oldest first."""
    return row.events.order_by("id")
