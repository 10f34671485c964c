"""Who holds which name. Every act is one transaction of rows, event, audit and outbox.

Nothing here talks to PowerDNS: that is promised to the worker (`dns.pools.worker`). A token or an
address is believed only after the row is locked, and deadlines are the database clock's.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from catalyst.problem import Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.names import Name, validate
from dns.pools import journal, tokens
from dns.pools.addresses import public_v4, public_v6
from dns.pools.models import LIVE, Allocation, AllocationState, DnsPhase, Pool
from dns.pools.problems import (
    AlreadyActive,
    IdempotencyMismatch,
    NameTaken,
    ReservationExpired,
    TokenMismatch,
    UnknownAllocation,
)
from dns.pools.selectors import (
    check,
    database_now,
    free_names,
    get,
    pool_of,
    status,
    status_of,
)
from dns.pools.values import AcmeAccount, AllocationStatus, Availability, Reservation

__all__ = [
    "AcmeAccount",
    "AllocationStatus",
    "Availability",
    "Reservation",
    "acme_account",
    "check",
    "commit",
    "expire",
    "release",
    "renew",
    "reserve",
    "status",
]
MAX_TTL = timedelta(days=1)
SWEEPER = "system:dns-sweeper"
SWEEP_LIMIT = 50


def reserve(
    *,
    pool: str,
    label: str,
    owner: str,
    actor: str,
    idempotency_key: str,
    ttl: timedelta = timedelta(hours=1),
) -> Reservation:
    """Take a name for `owner` until it is committed or `ttl` is over. Joins the transaction.

    The same owner and key get the same allocation and token again while it lives (an overdue one
    that nobody took is extended). Raises UnknownPool, InvalidName, NameReserved, NameTaken (with
    `suggestions`), IdempotencyMismatch.
    """
    _check_ttl(ttl)
    with transaction.atomic():
        row = pool_of(pool)
        name = validate(label=label, domain=row.domain)
        earlier = _earlier(owner=owner, idempotency_key=idempotency_key, name=name, ttl=ttl)
        if earlier is not None:
            return earlier
        _end_overdue(pool=row, label=name.label)
        allocation = _new(row, name, owner=owner, idempotency_key=idempotency_key)
        if not _insert(allocation, ttl=ttl):
            # Somebody was faster: the same request on another thread, or another person.
            again = _earlier(owner=owner, idempotency_key=idempotency_key, name=name, ttl=ttl)
            if again is not None:
                vault.delete(allocation.acme_key_ref)
                return again
            free = free_names(pool=row, label=name.label)
            raise NameTaken(f"{name.fqdn} is taken.", field="subdomain", suggestions=list(free))
        allocation = get(allocation.pk)
        journal.tell(allocation, actor=actor, kind="reserved", detail=f"for {owner}")
        return _reservation(allocation)


def renew(
    *, allocation_id: uuid.UUID, token: Secret, ttl: timedelta = timedelta(hours=1)
) -> Reservation:
    """Hold a reservation for another `ttl` from now; an active name needs none and is left alone.

    Raises UnknownAllocation, TokenMismatch, ReservationExpired.
    """
    _check_ttl(ttl)
    with transaction.atomic():
        allocation = _held(allocation_id, token)
        if allocation.state != AllocationState.ACTIVE:
            _refuse_over(allocation)
            _extend(allocation, ttl)
        return _reservation(get(allocation_id))


def commit(
    *,
    allocation_id: uuid.UUID,
    token: Secret,
    address_v4: str,
    address_v6: str | None = None,
    actor: str,
) -> AllocationStatus:
    """Have the name point at these addresses. Saying the same again is fine and publishes again.

    Raises InvalidAddress, UnknownAllocation, TokenMismatch, ReservationExpired, AlreadyActive.
    """
    v4 = public_v4(address_v4, also=settings.CATALYST.balancer_ranges)
    v6 = public_v6(address_v6) if address_v6 else None
    with transaction.atomic():
        allocation = _held(allocation_id, token)
        if allocation.state == AllocationState.ACTIVE:
            if (allocation.address_v4, allocation.address_v6) != (v4, v6):
                raise AlreadyActive(f"{allocation.fqdn} points at {allocation.address_v4}.")
            journal.promise_sync(allocation)
            return status_of(allocation)
        _refuse_over(allocation)
        journal.change(
            allocation,
            state=AllocationState.ACTIVE,
            expires_at=None,
            committed_at=Now(),
            address_v4=v4,
            address_v6=v6,
        )
        shown = f"{v4} {v6}" if v6 else v4
        journal.tell(allocation, actor=actor, kind="committed", detail=shown, before="reserved")
        return status(allocation_id=allocation_id)


def release(*, allocation_id: uuid.UUID, token: Secret, actor: str) -> AllocationStatus:
    """Give the name back; the row ends once the name servers forgot it. Releasing twice is fine.

    Raises UnknownAllocation, TokenMismatch.
    """
    with transaction.atomic():
        allocation = _held(allocation_id, token)
        if allocation.state in LIVE:
            _start_release(allocation, actor=actor, kind="releasing")
        return status(allocation_id=allocation_id)


def acme_account(*, allocation_id: uuid.UUID) -> AcmeAccount:
    """The account a Sovereign gets its certificate with. Raises UnknownAllocation, NotFound."""
    allocation = get(allocation_id)
    return AcmeAccount(
        username=str(allocation.acme_username),
        subdomain=str(allocation.pk),
        key=vault.get(allocation.acme_key_ref),
    )


def expire() -> int:
    """Start the release of reservations that ran out; returns how many. Safe in many workers."""
    with transaction.atomic():
        overdue = (
            Allocation.objects.select_for_update(skip_locked=True)
            .filter(state=AllocationState.RESERVED, expires_at__lte=Now())
            .order_by("expires_at")[:SWEEP_LIMIT]
        )
        count = 0
        for allocation in overdue:
            _start_release(allocation, actor=SWEEPER, kind="expired")
            count += 1
    return count


def _check_ttl(ttl: timedelta) -> None:
    if not timedelta(0) < ttl <= MAX_TTL:
        raise Invalid(f"A name is held for up to {MAX_TTL}.", field="ttl")


def _earlier(*, owner: str, idempotency_key: str, name: Name, ttl: timedelta) -> Reservation | None:
    """The living allocation this owner made with this key. Raises IdempotencyMismatch."""
    row = (
        Allocation.objects.select_for_update()
        .filter(owner=owner, idempotency_key=idempotency_key, state__in=LIVE)
        .first()
    )
    if row is None:
        return None
    if row.fqdn != name.fqdn:
        raise IdempotencyMismatch(f"It reserved {row.fqdn}.", fqdn=row.fqdn)
    if row.expires_at and row.expires_at <= database_now():
        _extend(row, ttl)
    return _reservation(get(row.pk))


def _end_overdue(*, pool: Pool, label: str) -> None:
    """Free a name whose reservation ran out; the taker's worker scrubs what it left in DNS."""
    row = (
        pool.allocations.select_for_update()
        .filter(label=label, state=AllocationState.RESERVED)
        .first()
    )
    if row is None or row.expires_at is None or row.expires_at > database_now():
        return
    vault.delete(row.acme_key_ref)
    journal.change(
        row,
        state=AllocationState.RELEASED,
        dns_phase=DnsPhase.GONE,
        expires_at=None,
        released_at=Now(),
        acme_key_ref="",
    )
    journal.tell(row, actor=SWEEPER, kind="expired", detail="and taken over", promise=False)


def _new(pool: Pool, name: Name, *, owner: str, idempotency_key: str) -> Allocation:
    newest = pool.allocations.filter(label=name.label).order_by("-generation").first()
    allocation = Allocation(
        pool=pool,
        label=name.label,
        fqdn=name.fqdn,
        generation=newest.generation + 1 if newest else 1,
        owner=owner,
        idempotency_key=idempotency_key,
    )
    token = tokens.reservation_token(allocation_id=allocation.pk, generation=allocation.generation)
    allocation.token_hash = tokens.fingerprint(token)
    key = Secret(secrets.token_urlsafe(30))
    allocation.acme_key_hash = tokens.fingerprint(key)
    allocation.acme_key_ref = vault.put(purpose="dns.acme-key", secret=key)
    return allocation


def _insert(allocation: Allocation, *, ttl: timedelta) -> bool:
    """ON CONFLICT DO NOTHING: waits for a rival's transaction to end, and false if it won."""
    now = Now()
    allocation.reserved_at = allocation.next_attempt_at = now
    allocation.expires_at = now + ttl
    Allocation.objects.bulk_create([allocation], ignore_conflicts=True)
    return Allocation.objects.filter(pk=allocation.pk).exists()


def _reservation(row: Allocation) -> Reservation:
    token = tokens.reservation_token(allocation_id=row.pk, generation=row.generation)
    return Reservation(row.pk, row.fqdn, token, row.expires_at)


def _held(allocation_id: uuid.UUID, token: Secret) -> Allocation:
    """The locked row of whoever shows the right token. Raises UnknownAllocation, TokenMismatch."""
    row = Allocation.objects.select_for_update().filter(pk=allocation_id).first()
    if row is None:
        raise UnknownAllocation("No name was ever reserved under this id.")
    if not tokens.matches(token, row.token_hash):
        raise TokenMismatch(f"Another token holds {row.fqdn}.")
    return row


def _refuse_over(row: Allocation) -> None:
    over = row.state != AllocationState.RESERVED or (
        row.expires_at is not None and row.expires_at <= database_now()
    )
    if over:
        raise ReservationExpired(f"{row.fqdn} is no longer held for you. Reserve it again.")


def _extend(row: Allocation, ttl: timedelta) -> None:
    Allocation.objects.filter(pk=row.pk).update(expires_at=Now() + ttl)


def _start_release(row: Allocation, *, actor: str, kind: str) -> None:
    before = row.state
    journal.change(
        row, state=AllocationState.RELEASING, dns_phase=DnsPhase.TEARDOWN, expires_at=None
    )
    journal.tell(row, actor=actor, kind=kind, before=before)
