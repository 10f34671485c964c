"""Looks at all zones now and then, writes down what it found, and puts right what it may.

What no row wants is never removed by itself: after a restore of the database it is somebody's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import structlog
from django.db import transaction
from django.db.models.functions import Now

from catalyst.audit.services import record
from catalyst.problem import Conflict
from catalyst.work import outbox
from dns.byo import services as byo
from dns.drift import look as looking
from dns.drift.models import DriftReport
from dns.drift.values import Finding, Look, too_much
from dns.pools import worker
from dns.pools.models import Allocation, AllocationState, Pool
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns, ZoneMissing
from dns.powerdns.records import POOL_MARK, RRset, marked_allocation

log = structlog.get_logger(__name__)
ACTOR = "system:dns-drift"
KEPT = 200
SHOWN = 500


class TooMuch(Conflict):
    """A change of this size wants a person who says so."""

    type = "too-many-changes"
    title = "So many changes at once need a person"


class Busy(Conflict):
    type = "busy-name"
    title = "This name is being looked after"


def report(*, repair: bool = True, force: bool = False, actor: str = ACTOR) -> DriftReport:
    """Look at everything, put right what drifted unless it is too much, and write it down.

    `force`: a person has read the report and wants it all the same. Raises PowerDnsError.
    """
    with PowerDns.from_settings() as server:
        seen = looking.look(server)
    refused = "" if force else too_much(changes=seen.changes, existing=seen.existing)
    repaired = _repair(seen) if repair and not refused else 0
    if refused:
        log.error("drift is not put right by itself", why=refused)
    return _write_down(seen, repaired=repaired, refused=refused, actor=actor)


def remove_orphans(*, actor: str, force: bool = False) -> tuple[str, ...]:
    """Remove what no row wants, as one person says; returns the names.

    The DS of each goes now, the rest once caches forgot it; a name that somebody takes meanwhile is
    left out. Raises TooMuch when it is more than the safe share of all names of ours,
    PowerDnsError.
    """
    with PowerDns.from_settings() as server:
        seen = looking.look(server)
        names = seen.orphaned
        held = Allocation.objects.exclude(state=AllocationState.RELEASED).count()
        refused = too_much(changes=len(names), existing=held + len(names))
        if refused and not force:
            raise TooMuch(f"{refused} Was the database restored from a backup?", names=list(names))
        return tuple(name for name in names if _distrust(server, name, actor=actor))


def finish_orphan(*, name: str) -> None:
    """Take out the rest of an orphan, if it still is one. Raises Busy, PowerDnsError."""
    with PowerDns.from_settings() as server, _alone_with(name) as parents:
        zone = server.zone(name)
        if not parents or (zone is not None and zone.account == POOL_MARK):
            return
        for pool in parents:
            if _said(server, pool, name):
                server.write(pool, desired.no_delegation(name))
        if zone is not None and marked_allocation(zone.account) is not None:
            server.delete_zone(name)


def _repair(seen: Look) -> int:
    """Let the worker look at each; it decides by the row."""
    for allocation_id in seen.broken:
        worker.sync(allocation_id=allocation_id)
    return len(seen.broken)


def _write_down(seen: Look, *, repaired: int, refused: str, actor: str) -> DriftReport:
    with transaction.atomic():
        row = DriftReport.objects.create(
            at=Now(),
            zones=seen.zones,
            existing=seen.existing,
            changes=seen.changes,
            findings=[_as_json(one) for one in seen.findings[:SHOWN]],
            found=len(seen.findings),
            broken=len(seen.broken),
            orphaned=len(seen.orphaned),
            repaired=repaired,
            refused=refused,
        )
        if repaired or refused:
            record(
                actor=actor,
                act="dns.drift-repaired" if repaired else "dns.drift-refused",
                object=f"drift-report:{row.pk}",
                after={"repaired": repaired, "refused": refused},
            )
        old = DriftReport.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:]
        DriftReport.objects.filter(pk__in=list(old)).delete()
    row.refresh_from_db()
    return row


def _as_json(finding: Finding) -> dict[str, Any]:
    values = asdict(finding)
    return {**values, "allocation_id": str(finding.allocation_id or "")}


def _distrust(server: PowerDns, name: str, *, actor: str) -> bool:
    """The first half of a removal, and the promise of the second. False: it is no orphan now."""
    try:
        with _alone_with(name) as parents:
            for pool in parents:
                out = [desired.no_trust(name)]
                server.write(pool, desired.changes(_said(server, pool, name), out))
            if parents:
                record(actor=actor, act="dns.orphan-removed", object=f"zone:{name}")
                pause = worker.forgetting().total_seconds()
                outbox.put(topic="dns.orphan", key=name, delay=pause)
            return bool(parents)
    except Busy:
        return False


@contextmanager
def _alone_with(name: str) -> Iterator[list[str]]:
    """A transaction in which no worker can touch the name; gives the pools whose zones may name it.

    None of them when a row, a pool or our own servers want the name after all. Raises Busy.
    """
    above = [pool for pool in Pool.objects.all() if name.endswith(f".{pool.domain}")]
    if not above:
        yield []
        return
    # As the worker of the one pool that could give it out: the closest.
    pool = max(above, key=lambda one: len(one.domain))
    held = worker.hold(pool_id=pool.pk, label=name.removesuffix(f".{pool.domain}"))
    if held is None:
        raise Busy(f"A worker looks after {name} at this moment.")
    try:
        with held.fenced():
            yield [] if _is_wanted(name) else [one.domain for one in above]
    finally:
        held.release()


def _said(server: PowerDns, pool: str, name: str) -> tuple[RRset, ...]:
    """What a pool's zone says of a name; nothing where there is no zone."""
    try:
        return server.rrsets(pool, name=name)
    except ZoneMissing:
        return ()


def _is_wanted(name: str) -> bool:
    living = Allocation.objects.exclude(state=AllocationState.RELEASED)
    return (
        living.filter(fqdn=name).exists()
        or Pool.objects.filter(domain=name).exists()
        or name in byo.living_names()
    )
