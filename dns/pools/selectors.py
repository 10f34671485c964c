"""Reads: is a name free, how is an allocation, what is there. Nothing here writes."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from catalyst.problem import Invalid
from dns.names import InvalidName, NameReserved, Words, candidates, normalise, validate
from dns.pools.models import Allocation, AllocationEvent, AllocationState, DnsPhase, Pool
from dns.pools.problems import UnknownAllocation, UnknownPool
from dns.pools.values import AllocationStatus, Availability
from dns.reserved import services as reserved

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


def pool_of(domain: str) -> Pool:
    """The pool that gives out names under a domain. Raises UnknownPool."""
    pool = any_pool(domain)
    if not pool.enabled:
        raise UnknownPool(f"No new names are given out under {domain}.", field="pool")
    return pool


def any_pool(domain: str) -> Pool:
    """A pool, also one without new names: its holders keep theirs. Raises UnknownPool."""
    pool = Pool.objects.filter(domain=domain.strip().rstrip(".").lower()).first()
    if pool is None:
        raise UnknownPool(f"Names are not given out under {domain}.", field="pool")
    return pool


def taken(*, pool: Pool) -> QuerySet[Allocation]:
    """What cannot be reserved now: not released, and not a reservation that ran out."""
    overdue = Q(state=AllocationState.RESERVED, expires_at__lte=Now())
    return pool.allocations.exclude(state=AllocationState.RELEASED).exclude(overdue)


def quarantined(*, pool: Pool, skeleton: str, account: str) -> datetime | None:
    """Until when a name (or a look-alike) rests for everybody but the account that had it."""
    rows = pool.allocations.filter(skeleton=skeleton, quarantined_until__gt=Now())
    others = rows.exclude(account=account).order_by("-quarantined_until")
    return others.values_list("quarantined_until", flat=True).first()


def check(*, pool: str, label: str, account: str = "") -> Availability:
    """Is this name free for `account`? Never raises for what somebody typed: says why not.

    Suggests what is free instead.
    """
    try:
        row = pool_of(pool)
    except UnknownPool as problem:
        return Availability(False, problem.type, problem.detail, "", ())
    words = reserved.current()
    try:
        name = validate(label=label, domain=row.domain, words=words)
    except (InvalidName, NameReserved) as problem:
        free = free_names(pool=row, label=label, account=account, words=words)
        return Availability(False, problem.type, problem.detail, "", free)
    rival = taken(pool=row).filter(skeleton=name.skeleton).first()
    until = quarantined(pool=row, skeleton=name.skeleton, account=account)
    if rival is None and until is None:
        return Availability(True, "", "", name.fqdn, ())
    free = free_names(pool=row, label=name.label, account=account, words=words)
    if rival is None:
        detail = f"It was in use and rests until {until:%Y-%m-%d %H:%M} UTC."
        return Availability(False, "quarantined", detail, name.fqdn, free)
    detail = _STATE_DETAIL[AllocationState(rival.state)]
    if rival.label != name.label:
        detail = f"It looks like {rival.label}. {detail}"
    return Availability(False, f"{rival.state}-state", detail, name.fqdn, free)


def free_names(*, pool: Pool, label: str, account: str, words: Words) -> tuple[str, ...]:
    """Up to SUGGESTIONS labels close to `label` that `account` could have at this moment."""
    close = {
        name.skeleton: name.label
        for name in candidates(label=label, domain=pool.domain, words=words)
    }
    resting = pool.allocations.filter(quarantined_until__gt=Now()).exclude(account=account)
    busy = {
        skeleton
        for rows in (taken(pool=pool), resting)
        for skeleton in rows.filter(skeleton__in=close).values_list("skeleton", flat=True)
    }
    return tuple(text for look, text in close.items() if look not in busy)[:SUGGESTIONS]


def get(allocation_id: uuid.UUID) -> Allocation:
    """The row with its pool. Raises UnknownAllocation."""
    row = Allocation.objects.select_related("pool").filter(pk=allocation_id).first()
    if row is None:
        raise UnknownAllocation("No name was ever reserved under this id.")
    return row


def newest_of(*, pool: str, label: str) -> Allocation:
    """Who holds a name, or held it last; also in a pool that gives out no more names.

    Reserved words do not matter: a name that is held stays held. Raises UnknownPool, InvalidName,
    UnknownAllocation.
    """
    row = any_pool(pool)
    name = normalise(label=label, domain=row.domain)
    held = (
        row.allocations.select_related("pool").filter(label=name.label).order_by("-generation")
    ).first()
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


def open_pools() -> list[str]:
    """Domains under which new names are given out."""
    return list(Pool.objects.filter(enabled=True).values_list("domain", flat=True))


def held_in(*, pool: Pool, before: str, limit: int) -> tuple[list[Allocation], str]:
    """What is not released in one pool, by pages as `page_of` makes them.

    Raises Invalid for a cursor that is none.
    """
    if before and _cursor(before) is None:
        raise Invalid("Take the cursor from the Link header as it is.", field="cursor")
    rows = pool.allocations.exclude(state=AllocationState.RELEASED).select_related("pool")
    return page_of(rows, before=before, limit=limit)


def page_of(rows: QuerySet[Allocation], *, before: str, limit: int) -> tuple[list[Allocation], str]:
    """Allocations newest first, from after the cursor `before`; and the next cursor or "".

    A cursor that is none starts at the top.
    """
    if place := _cursor(before):
        at, pk = place
        # The first condition is what an index can start from; the second cuts the few of one time.
        rows = rows.filter(reserved_at__lte=at).filter(Q(reserved_at__lt=at) | Q(pk__lt=pk))
    page = list(rows.order_by("-reserved_at", "-pk")[: limit + 1])
    if len(page) <= limit:
        return page, ""
    end = page[limit - 1]
    return page[:limit], f"{end.reserved_at.isoformat()}_{end.pk}"


def _cursor(text: str) -> tuple[datetime, uuid.UUID] | None:
    when, _, last = text.partition("_")
    with suppress(ValueError):
        at, pk = datetime.fromisoformat(when), uuid.UUID(last)
        return (at, pk) if at.tzinfo else None  # without a zone it is no moment
    return None


def events_of(row: Allocation) -> QuerySet[AllocationEvent]:
    """An allocation's history, oldest first."""
    return row.events.order_by("id")


def events_of_name(row: Allocation, *, limit: int = 200) -> QuerySet[AllocationEvent]:
    """The history of a name under all its holders, newest first."""
    events = AllocationEvent.objects.filter(allocation__pool=row.pool, allocation__label=row.label)
    return events.select_related("allocation").order_by("-id")[:limit]
