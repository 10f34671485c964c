"""Makes the name servers match an allocation's row. The only writer of zones of Sovereigns.

One worker per name (a lease), every step idempotent: killed anywhere, run again from the row. A
zone without our owner mark is never touched. Rows are the truth; the outbox only wakes.
"""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db.models.functions import Now

from catalyst.problem import Problem
from catalyst.vault import services as vault
from catalyst.work import outbox
from catalyst.work.leases import Heartbeat, Held, LeaseLost, me, take
from dns.pools import steps
from dns.pools.models import (
    LIVE,
    UNSETTLED,
    Allocation,
    AllocationEvent,
    AllocationState,
    DnsPhase,
)
from dns.pools.selectors import database_now
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns

log = structlog.get_logger(__name__)
ACTOR = "system:dns-worker"
LEASE_SECONDS = 10.0
FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 300.0
DUE_LIMIT = 20
MARGIN = 0.1  # of a TTL: PowerDNS' own caches, and servers that get a change a little later


class Changed(Exception):
    """The row was changed by a service meanwhile: look again."""


class NotYet(Exception):
    """Something has to be waited for; the row says until when."""


def sync(*, allocation_id: uuid.UUID) -> None:
    """Bring DNS to what the row wants. Never raises for what can be tried again later.

    A failure is written to the row with a time for the next attempt; a name another worker is busy
    with stays due.
    """
    row = _row(allocation_id)
    holder = f"{me()}:{uuid.uuid4().hex[:8]}"
    held = take(f"dns:{row.pool_id}:{row.label}", holder=holder, ttl=LEASE_SECONDS)
    if held is None:
        return
    try:
        with Heartbeat(held), PowerDns.from_settings() as server:
            # Read again: until the lease was ours, another worker may have finished with it.
            _follow(_row(allocation_id), held=held, server=server)
    except LeaseLost:
        log.warning("lost the lease on a name", fqdn=row.fqdn)
    except Problem as problem:
        _failed(allocation_id, f"{problem.type}: {problem.detail or problem.title}")
    finally:
        held.release()


def sync_due() -> int:
    """Look after every row whose DNS is not as it wants; returns how many were looked at."""
    rows = Allocation.objects.filter(UNSETTLED, next_attempt_at__lte=Now())
    due = list(rows.order_by("next_attempt_at").values_list("pk", flat=True)[:DUE_LIMIT])
    for allocation_id in due:
        try:
            sync(allocation_id=allocation_id)
        except Exception as error:  # one poisoned row must leave the others alone
            log.exception("a name cannot be looked after", allocation=str(allocation_id))
            _failed(allocation_id, f"internal-error: {type(error).__name__}")
    return len(due)


def _row(allocation_id: uuid.UUID) -> Allocation:
    return Allocation.objects.select_related("pool").get(pk=allocation_id)


def _follow(row: Allocation, *, held: Held, server: PowerDns) -> None:
    while True:
        world = steps.World(
            server=server,
            row=row,
            nameservers=settings.CATALYST.nameservers,
            acme_directory=settings.CATALYST.acme_directory,
            ds_ttl=settings.CATALYST.ds_ttl,
            # PowerDNS knows no fencing: so nobody can take the lease while a write is under way.
            ours=held.fenced,
            let_caches_forget=partial(_let_caches_forget, row, held),
        )
        try:
            if row.state in LIVE:
                _build(world, held)
            else:
                _tear_down(world, held)
            return
        except Changed:
            row = _row(row.pk)
        except NotYet:
            return


def _build(world: steps.World, held: Held) -> None:
    row = world.row
    steps.ensure_zone(world)
    _reached(row, DnsPhase.ZONE, held)
    ds = steps.ensure_signed(world)
    _reached(row, DnsPhase.SIGNED, held)
    steps.ensure_delegated(world, ds=ds)
    _reached(row, DnsPhase.DELEGATED, held)
    steps.ensure_published(world)
    active = row.state == AllocationState.ACTIVE
    _reached(row, DnsPhase.PUBLISHED if active else DnsPhase.DELEGATED, held, last=True)


def _tear_down(world: steps.World, held: Held) -> None:
    left = steps.remove(world)
    row = world.row
    if row.state == AllocationState.RELEASED:
        return
    with held.fenced():
        vault.delete(row.acme_key_ref)
        Allocation.objects.filter(pk=row.pk).update(
            state=AllocationState.RELEASED,
            dns_phase=DnsPhase.GONE,
            released_at=Now(),
            acme_key_ref="",
            ds_removed_at=None,
            attempts=0,
            last_error="",
        )
        _note(row, kind="released", detail=left)


def forgetting() -> timedelta:
    """How long after a DS was taken out no resolver trusts its zone's keys any more."""
    ds_ttl = settings.CATALYST.ds_ttl
    return timedelta(seconds=(ds_ttl + desired.key_ttl(ds_ttl)) * (1 + MARGIN))


def _let_caches_forget(row: Allocation, held: Held, just_now: bool) -> None:
    """Return once the DS has been out for long enough. Raises NotYet, LeaseLost, Changed.

    The time is written after the removal: a worker killed in between waits a little longer.
    """
    pause = forgetting()
    mine = Allocation.objects.filter(pk=row.pk)
    with held.fenced():
        current = _unchanged(row)
        since = current.ds_removed_at
        if since is None or just_now:
            since = database_now()
            _note(row, kind="ds-removed")
        mine.update(ds_removed_at=since, next_attempt_at=since + pause)
        over = since + pause <= database_now()
        if not over and row.state == AllocationState.RELEASED:
            # Nobody looks after an ended row but its promises.
            outbox.put(topic="dns.sync", key=str(row.pk), delay=pause.total_seconds())
    if not over:
        raise NotYet


_ORDER = [DnsPhase.PENDING, DnsPhase.ZONE, DnsPhase.SIGNED, DnsPhase.DELEGATED, DnsPhase.PUBLISHED]


def _reached(row: Allocation, phase: DnsPhase, held: Held, *, last: bool = False) -> None:
    """Write that a step is done; a phase reached before stays. Raises LeaseLost, Changed."""
    if not last and _ORDER.index(phase) <= _ORDER.index(DnsPhase(row.dns_phase)):
        return
    with held.fenced():
        current = _unchanged(row)
        if _ORDER.index(DnsPhase(current.dns_phase)) < _ORDER.index(phase):
            Allocation.objects.filter(pk=row.pk).update(dns_phase=phase)
            _note(row, kind=phase)
        if current.last_error or current.ds_removed_at:
            fresh = {"attempts": 0, "last_error": "", "ds_removed_at": None}
            Allocation.objects.filter(pk=row.pk).update(**fresh)


def _unchanged(row: Allocation) -> Allocation:
    """The locked row, if it still wants what it wanted. Raises Changed."""
    current = Allocation.objects.select_for_update().get(pk=row.pk)
    if (current.state, current.generation) != (row.state, row.generation):
        raise Changed
    return current


def _failed(allocation_id: uuid.UUID, error: str) -> None:
    row = Allocation.objects.get(pk=allocation_id)
    ceiling = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(row.attempts, 20))
    pause = timedelta(seconds=random.uniform(ceiling / 2, ceiling))
    # Only if nobody asked for something else meanwhile: that is to be tried at once.
    updated = Allocation.objects.filter(pk=row.pk, state=row.state).update(
        attempts=row.attempts + 1, last_error=error[:500], next_attempt_at=Now() + pause
    )
    if updated and row.last_error != error[:500]:
        _note(row, kind="failed", detail=error[:500])


def _note(row: Allocation, *, kind: str, detail: str = "") -> None:
    AllocationEvent.objects.create(allocation=row, at=Now(), actor=ACTOR, kind=kind, detail=detail)
