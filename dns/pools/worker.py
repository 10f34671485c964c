"""Makes the name servers match an allocation's row. The only writer of zones of Sovereigns.

One worker per name (a lease), every step idempotent: killed anywhere, run again from the row. A
zone without our owner mark is never touched. Rows are the truth; the outbox only wakes.
"""

from __future__ import annotations

import random
import uuid
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from catalyst.problem import Problem
from catalyst.vault import services as vault
from catalyst.work import outbox
from catalyst.work.clock import database_now
from catalyst.work.leases import Heartbeat, Held, LeaseLost, me, take
from catalyst.work.pauses import grown
from dns.pools import steps
from dns.pools.models import (
    LIVE,
    UNSETTLED,
    Allocation,
    AllocationEvent,
    AllocationState,
    DnsPhase,
)
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


class Fence(ExitStack):
    """One transaction a step, from its first write to PowerDNS until the row says how far we are.

    PowerDNS knows no fencing: so nobody can take the lease while the transaction is open.
    """

    def __init__(self, held: Held) -> None:
        super().__init__()
        self._held = held
        self._open = False

    def begin(self) -> AbstractContextManager[None]:
        """From here to `end` the lease is certainly ours. Raises LeaseLost."""
        if not self._open:
            self.enter_context(self._held.fenced())
            self._open = True
        return nullcontext()

    def end(self) -> None:
        """Let the row's writes stand."""
        self._open = False
        self.close()


def sync(*, allocation_id: uuid.UUID) -> None:
    """Bring DNS to what the row wants. Never raises for what can be tried again later.

    A failure is written to the row with a time for the next attempt; a name another worker is busy
    with stays due.
    """
    names = Allocation.objects.values_list("pool_id", "label", "fqdn")
    pool_id, label, fqdn = names.get(pk=allocation_id)
    held = hold(pool_id=pool_id, label=label)
    if held is None:
        return
    try:
        with Heartbeat(held), PowerDns.from_settings() as server:
            # Only now: until the lease was ours, another worker may have finished with it.
            _follow(_row(allocation_id), held=held, server=server)
    except LeaseLost:
        log.warning("lost the lease on a name", fqdn=fqdn)
    except Problem as problem:
        _failed(allocation_id, f"{problem.type}: {problem.detail or problem.title}")
    finally:
        held.release()


def hold(*, pool_id: int, label: str) -> Held | None:
    """Be alone with a name's zone and delegation; None while another is. Release it in the end."""
    holder = f"{me()}:{uuid.uuid4().hex[:8]}"
    return take(f"dns:{pool_id}:{label}", holder=holder, ttl=LEASE_SECONDS)


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
        try:
            with Fence(held) as fence:
                world = steps.World(
                    server=server,
                    row=row,
                    nameservers=settings.CATALYST.nameservers,
                    acme_directory=settings.CATALYST.acme_directory,
                    ds_ttl=settings.CATALYST.ds_ttl,
                    ours=fence.begin,
                    let_caches_forget=partial(_let_caches_forget, row, fence),
                )
                if row.state in LIVE:
                    _build(world, fence)
                else:
                    _tear_down(world, fence)
            return
        except Changed:
            row = _row(row.pk)
        except NotYet:
            return


def _build(world: steps.World, fence: Fence) -> None:
    row = world.row
    steps.ensure_zone(world)
    _reached(row, DnsPhase.ZONE, fence)
    ds = steps.ensure_signed(world)
    _reached(row, DnsPhase.SIGNED, fence)
    steps.ensure_delegated(world, ds=ds)
    _reached(row, DnsPhase.DELEGATED, fence)
    steps.ensure_published(world)
    active = row.state == AllocationState.ACTIVE
    _reached(row, DnsPhase.PUBLISHED if active else DnsPhase.DELEGATED, fence, last=True)


def _tear_down(world: steps.World, fence: Fence) -> None:
    left = steps.remove(world)
    row = world.row
    if row.state == AllocationState.RELEASED:
        return
    fence.begin()
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
    fence.end()


def forgetting() -> timedelta:
    """How long after a DS was taken out no resolver trusts its zone's keys any more."""
    ds_ttl = settings.CATALYST.ds_ttl
    return timedelta(seconds=(ds_ttl + desired.key_ttl(ds_ttl)) * (1 + MARGIN))


def _let_caches_forget(row: Allocation, fence: Fence, just_now: bool) -> None:
    """Return once the DS has been out for long enough. Raises NotYet, LeaseLost, Changed.

    The time is written after the removal: a worker killed in between waits a little longer.
    """
    pause = forgetting()
    fence.begin()
    current = _as_it_was(row).select_for_update().first()
    if current is None:
        raise Changed
    since = current.ds_removed_at
    if since is None or just_now:
        since = database_now()
        _note(row, kind="ds-removed")
    _as_it_was(row).update(ds_removed_at=since, next_attempt_at=since + pause)
    over = since + pause <= database_now()
    if not over and row.state == AllocationState.RELEASED:
        # Nobody looks after an ended row but its promises.
        outbox.put(topic="dns.sync", key=str(row.pk), delay=pause.total_seconds())
    fence.end()
    if not over:
        raise NotYet


_ORDER = [DnsPhase.PENDING, DnsPhase.ZONE, DnsPhase.SIGNED, DnsPhase.DELEGATED, DnsPhase.PUBLISHED]


def _reached(row: Allocation, phase: DnsPhase, fence: Fence, *, last: bool = False) -> None:
    """Write that a step is done; a phase reached before stays. Raises LeaseLost, Changed.

    The phase of a row that wants what it wanted is ours alone to move.
    """
    further = _ORDER.index(phase) > _ORDER.index(DnsPhase(row.dns_phase))
    if further or (last and (row.last_error or row.ds_removed_at)):
        fence.begin()
        row.dns_phase = phase if further else row.dns_phase
        fresh = {"attempts": 0, "last_error": "", "ds_removed_at": None}
        if not _as_it_was(row).update(dns_phase=row.dns_phase, **fresh):
            raise Changed
        if further:
            _note(row, kind=phase)
    elif last and not _as_it_was(row).exists():
        raise Changed
    fence.end()


def _as_it_was(row: Allocation) -> QuerySet[Allocation]:
    """The row, if it still wants what it wanted."""
    return Allocation.objects.filter(pk=row.pk, state=row.state, generation=row.generation)


def _failed(allocation_id: uuid.UUID, error: str) -> None:
    row = Allocation.objects.get(pk=allocation_id)
    ceiling = grown(row.attempts, first=FIRST_RETRY_SECONDS, last=LAST_RETRY_SECONDS)
    pause = timedelta(seconds=random.uniform(ceiling / 2, ceiling))
    # Only if nobody asked for something else meanwhile: that is to be tried at once.
    updated = Allocation.objects.filter(pk=row.pk, state=row.state).update(
        attempts=row.attempts + 1, last_error=error[:500], next_attempt_at=Now() + pause
    )
    if updated and row.last_error != error[:500]:
        _note(row, kind="failed", detail=error[:500])


def _note(row: Allocation, *, kind: str, detail: str = "") -> None:
    AllocationEvent.objects.create(allocation=row, at=Now(), actor=ACTOR, kind=kind, detail=detail)
