"""What an act would do, without doing it: the act is done for real and taken back.

So a dry run refuses what the act would refuse, with the same words. The name servers are not asked:
the RRsets are what their zones should say afterwards.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.forms.models import model_to_dict

from dns.pools import steps
from dns.pools.models import LIVE, Allocation, AllocationEvent
from dns.pools.selectors import get
from dns.powerdns import zone as desired
from dns.powerdns.records import RRset

# Known once the zone has its key.
DS_TO_COME = "made when the zone is signed"
_SHOWN = (
    "id", "label", "fqdn", "state", "dns_phase", "generation", "owner", "account", "created_by",
    "expires_at", "address_v4", "address_v6", "quarantined_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that would be written; `values` holds what would be new in it, and no secret."""

    table: str
    change: str
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class RRsetChange:
    """An RRset that would be put in place of the one there; `remove` takes it out."""

    zone: str
    name: str
    type: str
    ttl: int
    records: tuple[str, ...]
    change: str


@dataclass(frozen=True, slots=True)
class Plan:
    rows: tuple[RowChange, ...]
    rrsets: tuple[RRsetChange, ...]


def of(act: Callable[[], uuid.UUID]) -> Plan:
    """Do `act`, which returns the allocation's id, look at what it did, and take all of it back.

    Raises what `act` raises.
    """
    newest = AllocationEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        row = get(act())
        same = Allocation.objects.filter(pool=row.pool, label=row.label)
        after = {each.pk: _values(each) for each in same}
        events = [
            RowChange(
                "dns_allocation_event",
                "insert",
                {"allocation": str(each.allocation_id), "kind": each.kind, "detail": each.detail},
            )
            for each in AllocationEvent.objects.filter(pk__gt=newest, allocation__in=after)
        ]
        rrsets = tuple(_rrsets(row))
        transaction.set_rollback(True)
    before = {each.pk: _values(each) for each in Allocation.objects.filter(pk__in=after)}
    rows = [change for pk in after if (change := _change(before.get(pk), after[pk]))]
    return Plan((*rows, *events), rrsets)


def _values(row: Allocation) -> dict[str, str | None]:
    found: dict[str, Any] = {"id": row.pk, **model_to_dict(row, fields=_SHOWN)}
    return {name: None if value is None else str(value) for name, value in found.items()}


def _change(before: dict[str, str | None] | None, after: dict[str, str | None]) -> RowChange | None:
    if before is None:
        return RowChange("dns_allocation", "insert", after)
    new = {name: value for name, value in after.items() if before[name] != value}
    return RowChange("dns_allocation", "update", {"id": after["id"], **new}) if new else None


def _rrsets(row: Allocation) -> Iterator[RRsetChange]:
    live = row.state in LIVE
    for zone, rrset in _wanted(row):
        if rrset.contents:
            yield RRsetChange(
                zone=zone,
                name=rrset.name,
                type=rrset.type,
                ttl=rrset.ttl,
                records=rrset.contents if live else (),
                change="write" if live else "remove",
            )


def _wanted(row: Allocation) -> Iterator[tuple[str, RRset]]:
    """(zone, RRset) of everything a living row has on the name servers, the parent's first."""
    env = settings.CATALYST
    servers, ds_ttl = env.nameservers, env.ds_ttl
    for rrset in desired.delegation(row.fqdn, nameservers=servers, ds=(DS_TO_COME,), ds_ttl=ds_ttl):
        yield row.pool.domain, rrset
    soa, _ = steps.apex(row, nameservers=servers, ds_ttl=ds_ttl)
    said = steps.published(row, nameservers=servers, acme_directory=env.acme_directory)
    for rrset in (soa, *said):
        yield row.fqdn, rrset
