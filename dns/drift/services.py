"""Looks at all zones now and then, writes down what it found, and puts right what it may.

What no row wants is never removed by itself: after a restore of the database it is somebody's name.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import structlog
from django.db import transaction
from django.db.models.functions import Now

from catalyst.audit.services import record
from catalyst.problem import Conflict
from catalyst.work import outbox
from dns.drift import look as looking
from dns.drift.models import DriftReport
from dns.drift.values import Finding, Look, too_much
from dns.pools import worker
from dns.pools.models import Allocation, AllocationState, Pool
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns
from dns.powerdns.records import absolute, marked_allocation

log = structlog.get_logger(__name__)
ACTOR = "system:dns-drift"
KEPT = 200
SHOWN = 500


class TooMuch(Conflict):
    """A change of this size wants a person who says so."""

    type = "too-many-changes"
    title = "So many changes at once need a person"


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

    The DS of each goes now, the rest once caches forgot it. Raises TooMuch when it is more than
    the safe share of all names of ours, PowerDnsError.
    """
    with PowerDns.from_settings() as server:
        seen = looking.look(server)
        names = tuple(dict.fromkeys(one.name for one in seen.orphans))
        held = Allocation.objects.exclude(state=AllocationState.RELEASED).count()
        refused = too_much(changes=len(names), existing=held + len(names))
        if refused and not force:
            raise TooMuch(f"{refused} Was the database restored from a backup?", names=list(names))
        for name in names:
            _distrust(server, name)
            with transaction.atomic():
                record(actor=actor, act="dns.orphan-removed", object=f"zone:{name}")
                pause = worker.forgetting().total_seconds()
                outbox.put(topic="dns.orphan", key=name, delay=pause)
    return names


def finish_orphan(*, name: str) -> None:
    """Take out the rest of an orphan, if it still is one. Raises PowerDnsError."""
    with PowerDns.from_settings() as server:
        if _is_wanted(name):
            return
        for pool in _parents(name):
            if server.rrsets(pool, name=name):
                server.write(pool, desired.no_delegation(name))
        zone = server.zone(name)
        if zone is not None and marked_allocation(zone.account) is not None:
            server.delete_zone(name)


def _repair(seen: Look) -> int:
    """Let the worker look at each; it decides by the row."""
    allocations = dict.fromkeys(one.allocation_id for one in seen.repairable if one.allocation_id)
    for allocation_id in allocations:
        worker.sync(allocation_id=allocation_id)
    return len(allocations)


def _write_down(seen: Look, *, repaired: int, refused: str, actor: str) -> DriftReport:
    with transaction.atomic():
        row = DriftReport.objects.create(
            at=Now(),
            zones=seen.zones,
            existing=seen.existing,
            changes=seen.changes,
            findings=[_as_json(one) for one in seen.findings[:SHOWN]],
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


def _distrust(server: PowerDns, name: str) -> None:
    for pool in _parents(name):
        out = [desired.no_trust(name)]
        server.write(pool, desired.changes(server.rrsets(pool, name=name), out))


def _parents(name: str) -> list[str]:
    domains = Pool.objects.values_list("domain", flat=True)
    return [one for one in domains if absolute(name).endswith(f".{absolute(one)}")]


def _is_wanted(name: str) -> bool:
    return Allocation.objects.filter(fqdn=name).exclude(state=AllocationState.RELEASED).exists()
