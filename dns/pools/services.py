"""Who holds which name. Every act is one transaction of rows, event, audit and outbox.

Nothing here talks to PowerDNS: that is promised to the worker (`dns.pools.worker`). A token or an
address is believed only after the row is locked, and deadlines are the database clock's.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from catalyst.problem import Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.names import InvalidName, Name, Words, normalise, validate
from dns.pools import admission, journal, tokens
from dns.pools.addresses import public_v4, public_v6
from dns.pools.models import LIVE, Allocation, AllocationState, Pool
from dns.pools.problems import (
    AlreadyActive,
    NameTaken,
    NotTheHolder,
    ReservationExpired,
    TokenMismatch,
    UnknownAllocation,
)
from dns.pools.selectors import (
    check,
    free_names,
    get,
    pool_of,
    status,
    status_of,
    taken,
)
from dns.pools.values import AcmeAccount, AllocationStatus, Availability, Holder, Reservation
from dns.reserved import services as reserved

__all__ = [
    "AcmeAccount",
    "AllocationStatus",
    "Availability",
    "Holder",
    "Reservation",
    "acme_account",
    "check",
    "commit",
    "end_quarantine",
    "expire",
    "release",
    "renew",
    "reserve",
    "status",
]
MAX_TTL = timedelta(days=1)
SWEEP_LIMIT = 50
# Asked of the database's clock in the UPDATE of a row that is locked: one outcome for everybody.
_NOT_OVER = Q(state=AllocationState.RESERVED, expires_at__gt=Now())


def reserve(
    *,
    pool: str,
    label: str,
    owner: str,
    actor: str,
    idempotency_key: str,
    ttl: timedelta = timedelta(hours=1),
    account: str = "",
    created_by: str = "",
    names_limit: int | None = None,
) -> Reservation:
    """Take a name for `owner` until it is committed or `ttl` is over. Joins the transaction.

    It counts for `account` (else the owner), which may hold `names_limit` names (else what the
    settings say). The same owner and key get the same allocation and token again while it lives (an
    overdue one that nobody took is extended). Raises UnknownPool, InvalidName, NameReserved,
    NameTaken (with `suggestions`), NameQuarantined, OverLimit, IdempotencyMismatch,
    ReservationExpired.
    """
    _check_ttl(ttl)
    account, created_by = account or owner, created_by or owner
    with transaction.atomic():
        row = pool_of(pool)
        admission.lock_account(account)
        again = _again(row, label, owner, idempotency_key, created_by, ttl)
        if again is not None:
            return again
        words = reserved.current()
        name = validate(label=label, domain=row.domain, words=words)
        admission.refuse_over_limit(account=account, limit=names_limit)
        admission.end_overdue(pool=row, name=name)
        admission.refuse_quarantined(pool=row, name=name, account=account, words=words)
        if taken(pool=row).filter(skeleton=name.skeleton).exists():  # spares losers the insert
            raise _taken(row, name, account, words)
        allocation = _new(row, name, owner=owner, idempotency_key=idempotency_key)
        allocation.account, allocation.created_by = account, created_by
        held = _insert(allocation, ttl=ttl)
        if held is None:
            raise _taken(row, name, account, words)
        journal.tell(held, actor=actor, kind="reserved", detail=f"for {owner}")
        return _reservation(held)


def renew(
    *, allocation_id: uuid.UUID, token: Secret, ttl: timedelta = timedelta(hours=1)
) -> Reservation:
    """Hold a reservation for another `ttl` from now; an active name needs none and is left alone.

    No reservation is held for longer than the settings' `name_lease_longest` in all.

    Raises UnknownAllocation, TokenMismatch, ReservationExpired.
    """
    _check_ttl(ttl)
    with transaction.atomic():
        allocation = _held(allocation_id, token)
        active = allocation.state == AllocationState.ACTIVE
        if not active and not admission.extend(allocation, ttl, _NOT_OVER):
            raise _over(allocation)
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
        if not journal.change(
            allocation, _NOT_OVER, state=AllocationState.ACTIVE, expires_at=None,
            committed_at=Now(), address_v4=v4, address_v6=v6,
        ):  # fmt: skip
            raise _over(allocation)
        shown = f"{v4} {v6}" if v6 else v4
        journal.tell(allocation, actor=actor, kind="committed", detail=shown, before="reserved")
        return replace(
            status_of(allocation), state=AllocationState.ACTIVE, settled=False, expires_at=None,
            address_v4=v4, address_v6=v6, attempts=0, last_error="",
        )  # fmt: skip


def release(*, allocation_id: uuid.UUID, token: Secret | Holder, actor: str) -> AllocationStatus:
    """Give the name back; the row ends once the name servers forgot it. Releasing twice is fine.

    Whoever lost the token may name the holder instead. Raises UnknownAllocation, TokenMismatch,
    NotTheHolder.
    """
    with transaction.atomic():
        allocation = _held(allocation_id, token)
        if allocation.state in LIVE:
            admission.start_release(allocation, actor=actor, kind="releasing")
        return status(allocation_id=allocation_id)


def end_quarantine(*, allocation_id: uuid.UUID, actor: str, reason: str = "") -> None:
    """Let anybody take a name that rests; twice is fine. Raises UnknownAllocation."""
    with transaction.atomic():
        allocation = get(allocation_id)
        if Allocation.objects.filter(pk=allocation.pk, quarantined_until__gt=Now()).update(
            quarantined_until=None
        ):
            kind = "quarantine-ended"
            journal.tell(allocation, actor=actor, kind=kind, detail=reason, promise=False)


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
            admission.start_release(allocation, actor=admission.SWEEPER, kind="expired")
            count += 1
    return count


def _check_ttl(ttl: timedelta) -> None:
    if not timedelta(0) < ttl <= MAX_TTL:
        raise Invalid(f"A name is held for up to {MAX_TTL}.", field="ttl")


def _again(
    pool: Pool, label: str, owner: str, key: str, created_by: str, ttl: timedelta
) -> Reservation | None:
    """The answer to a reserve that was sent before; the reserved words may be others since."""
    try:
        fqdn = normalise(label=label, domain=pool.domain).fqdn
    except InvalidName:
        return None  # nobody ever held it; `validate` says what is wrong
    row = admission.earlier(
        owner=owner, idempotency_key=key, fqdn=fqdn, created_by=created_by, ttl=ttl
    )
    return None if row is None else _reservation(get(row.pk))


def _new(pool: Pool, name: Name, *, owner: str, idempotency_key: str) -> Allocation:
    newest = pool.allocations.filter(label=name.label).order_by("-generation").first()
    allocation = Allocation(
        pool=pool,
        label=name.label,
        skeleton=name.skeleton,
        fqdn=name.fqdn,
        generation=newest.generation + 1 if newest else 1,
        owner=owner,
        idempotency_key=idempotency_key,
    )
    token = tokens.reservation_token(allocation_id=allocation.pk, generation=allocation.generation)
    allocation.token_hash = tokens.fingerprint(token)
    key = Secret(secrets.token_urlsafe(30))
    allocation.acme_key_hash = tokens.fingerprint(key)
    allocation.acme_key_ref = vault.put(
        purpose="dns.acme-key", secret=key, owner=f"names/{allocation.pk}"
    )
    return allocation


def _insert(allocation: Allocation, *, ttl: timedelta) -> Allocation | None:
    """ON CONFLICT DO NOTHING: waits for a rival's transaction to end, and None if it won."""
    now = Now()
    allocation.reserved_at = allocation.next_attempt_at = now
    allocation.expires_at = now + ttl
    Allocation.objects.bulk_create([allocation], ignore_conflicts=True)
    return Allocation.objects.filter(pk=allocation.pk).first()


def _taken(pool: Pool, name: Name, account: str, words: Words) -> NameTaken:
    rival = pool.allocations.exclude(state=AllocationState.RELEASED)
    label = rival.filter(skeleton=name.skeleton).values_list("label", flat=True).first()
    alike = f"looks like {label}, which" if label not in (None, name.label) else ""
    detail = " ".join(filter(None, (name.fqdn, alike, "is taken.")))
    free = free_names(pool=pool, label=name.label, account=account, words=words)
    return NameTaken(detail, field="subdomain", suggestions=list(free))


def _reservation(row: Allocation) -> Reservation:
    token = tokens.reservation_token(allocation_id=row.pk, generation=row.generation)
    return Reservation(row.pk, row.fqdn, token, row.expires_at)


def _held(allocation_id: uuid.UUID, token: Secret | Holder) -> Allocation:
    """The locked row of whoever shows the right token, or is its holder.

    Raises UnknownAllocation, TokenMismatch, NotTheHolder.
    """
    row = Allocation.objects.select_for_update().filter(pk=allocation_id).first()
    if row is None:
        raise UnknownAllocation("No name was ever reserved under this id.")
    if isinstance(token, Holder):
        if (row.owner, row.created_by) != (token.owner, token.created_by):
            raise NotTheHolder(f"{row.fqdn} is held by another. Send its token.")
    elif not tokens.matches(token, row.token_hash):
        raise TokenMismatch(f"Another token holds {row.fqdn}.")
    return row


def _over(row: Allocation) -> ReservationExpired:
    return ReservationExpired(f"{row.fqdn} is no longer held for you. Reserve it again.")
