"""Who may take a name now: the account's limit, quarantine, and reservations that ran out.

Every function joins a transaction that took the account's lock first. So one account's reserves
follow each other, its count cannot be outrun, and two of one key find each other's row.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Least, Now

from catalyst.vault import services as vault
from catalyst.work import locks
from catalyst.work.clock import database_now
from dns.names import Name, Words
from dns.pools import journal
from dns.pools.models import LIVE, Allocation, AllocationState, DnsPhase, Pool
from dns.pools.problems import (
    IdempotencyMismatch,
    NameQuarantined,
    OverLimit,
    ReservationExpired,
)
from dns.pools.selectors import free_names, quarantined

SWEEPER = "system:dns-sweeper"


def lock_account(account: str) -> None:
    """Until the end of the transaction nobody else reserves for this account."""
    locks.hold(f"dns.account:{account}")


def earlier(
    *, owner: str, idempotency_key: str, fqdn: str, created_by: str, ttl: timedelta
) -> Allocation | None:
    """The living allocation this owner made with this key; an overdue one is held again.

    Raises IdempotencyMismatch, ReservationExpired (it was held for the longest time already).
    """
    row = (
        Allocation.objects.select_for_update()
        .filter(owner=owner, idempotency_key=idempotency_key, state__in=LIVE)
        .first()
    )
    if row is None:
        return None
    if (row.fqdn, row.created_by) != (fqdn, created_by):
        raise IdempotencyMismatch(f"It reserved {row.fqdn}.", fqdn=row.fqdn)
    if row.expires_at and row.expires_at <= (now := database_now()):
        if row.reserved_at + settings.CATALYST.name_lease_longest <= now:
            raise ReservationExpired(f"{row.fqdn} was held for the longest time. Use a new key.")
        extend(row, ttl)
    return row


def extend(row: Allocation, ttl: timedelta, *conditions: Q) -> bool:
    """Hold a reservation for `ttl` from now, but never past the longest time since its start.

    False when the row does not meet the conditions.
    """
    longest = F("reserved_at") + settings.CATALYST.name_lease_longest
    mine = Allocation.objects.filter(*conditions, pk=row.pk)
    return bool(mine.update(expires_at=Least(Now() + ttl, longest)))


def refuse_over_limit(*, account: str, limit: int | None) -> None:
    """Raises OverLimit. What is still being given back counts, so that churning wins nothing."""
    most = settings.CATALYST.names_per_account if limit is None else limit
    held = Allocation.objects.filter(account=account).exclude(state=AllocationState.RELEASED)
    if held.count() >= most:
        raise OverLimit(
            f"You hold {most} names, and that is the limit. Give one back first.", limit=most
        )


def refuse_quarantined(*, pool: Pool, name: Name, account: str, words: Words) -> None:
    """Raises NameQuarantined: what people remember of a name must not pass to the next at once."""
    until = quarantined(pool=pool, skeleton=name.skeleton, account=account)
    if until is not None:
        raise NameQuarantined(
            f"{name.fqdn} was in use and rests until {until:%Y-%m-%d %H:%M} UTC.",
            field="subdomain",
            until=until.isoformat(),
            suggestions=list(free_names(pool=pool, label=name.label, account=account, words=words)),
        )


def end_overdue(*, pool: Pool, name: Name) -> None:
    """Free a name whose reservation ran out; the taker's worker scrubs what it left in DNS."""
    row = (
        pool.allocations.select_for_update()
        .filter(label=name.label, state=AllocationState.RESERVED)
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


def start_release(row: Allocation, *, actor: str, kind: str) -> None:
    """From now on the name servers are to forget it. A name that was in use rests afterwards."""
    rest = settings.CATALYST.name_quarantine
    journal.change(
        row,
        state=AllocationState.RELEASING,
        dns_phase=DnsPhase.TEARDOWN,
        expires_at=None,
        quarantined_until=Now() + rest if row.committed_at and rest else None,
    )
    journal.tell(row, actor=actor, kind=kind, before=row.state)
