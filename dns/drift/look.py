"""One look at every zone: the list once, each zone's records and keys once, each pool's zone once.

Reads only. A name a worker is still busy with is left to that worker.
"""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from django.conf import settings

from dns.byo import services as byo
from dns.drift.values import Finding, Look
from dns.pools.models import LIVE, Allocation, AllocationState, Pool
from dns.pools.selectors import status_of
from dns.pools.steps import published
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns, ZoneMissing
from dns.powerdns.records import (
    POOL_MARK,
    RRset,
    Zone,
    absolute,
    mark,
    marked_allocation,
    trusted_ds,
)

Delegations = Mapping[str, Sequence[RRset]]


def look(server: PowerDns) -> Look:
    """Compare every settled name with its row, and list what no row wants under our pools.

    Raises PowerDnsError.
    """
    seen = Look()
    # Zones first: a name that is released meanwhile must not look like an orphan.
    zones = {zone.name: zone for zone in server.zones()}
    rows = list(Allocation.objects.exclude(state=AllocationState.RELEASED).select_related("pool"))
    pools = list(Pool.objects.values_list("domain", flat=True))
    parents = {pool: _delegations(server, pool, seen) for pool in pools}
    for row in rows:
        if row.state in LIVE and status_of(row).settled:
            above = parents.get(row.pool.domain)
            delegated = None if above is None else above.get(absolute(row.fqdn), ())
            seen.findings += _compare(server, row, zones.get(absolute(row.fqdn)), delegated, seen)
    below = tuple(f".{absolute(pool)}" for pool in pools)
    # A pool, our name servers' own domain, or a customer's may lie under another pool.
    names = (*pools, *(row.fqdn for row in rows), *byo.living_names())
    wanted = {absolute(name) for name in names}
    wanted |= {zone.name for zone in zones.values() if zone.account == POOL_MARK}
    seen.findings += _orphans(
        [zone for zone in zones.values() if zone.name.endswith(below)],
        [above for above in parents.values() if above],
        wanted,
    )
    return seen


def _delegations(server: PowerDns, pool: str, seen: Look) -> Delegations | None:
    """NS and DS sets in a pool's zone by name, its own apex left out; None without a zone."""
    found: dict[str, list[RRset]] = {}
    try:
        rrsets = server.rrsets(pool)
    except ZoneMissing:
        seen.findings.append(Finding("pool-missing", pool, "no name under it can be found"))
        return None
    for rrset in rrsets:
        if rrset.type in ("NS", "DS") and rrset.name != absolute(pool):
            found.setdefault(rrset.name, []).append(rrset)
    seen.zones += 1
    return found


def _compare(
    server: PowerDns,
    row: Allocation,
    zone: Zone | None,
    delegated: Sequence[RRset] | None,
    seen: Look,
) -> Iterator[Finding]:
    """`delegated` None: there is no parent to compare with."""
    env = settings.CATALYST
    if zone is not None and zone.account != mark(row.pk):
        owner = zone.account or "nobody we know"
        yield Finding("foreign-zone", row.fqdn, f"it belongs to {owner}", allocation_id=row.pk)
        return
    try:
        actual = server.rrsets(row.fqdn) if zone else None
        keys = server.keys(row.fqdn) if zone else ()
    except ZoneMissing:
        actual = None
    in_parent = len(delegated or ())
    seen.existing += in_parent
    if actual is None:
        yield Finding("zone-missing", row.fqdn, "", in_parent, in_parent, row.pk)
        return
    seen.zones += 1
    seen.existing += len(actual)
    wanted = published(row, nameservers=env.nameservers, acme_directory=env.acme_directory)
    yield from _differences("records", row, actual, wanted, all_of_it=True)
    ds = trusted_ds(keys)
    if not ds:
        yield Finding("keys", row.fqdn, "it is not signed", in_parent, 1, row.pk)
        return
    if delegated is None:
        return
    trusted = desired.delegation(row.fqdn, nameservers=env.nameservers, ds=ds, ds_ttl=env.ds_ttl)
    yield from _differences("delegation", row, delegated, trusted, all_of_it=False)


def _differences(
    kind: str,
    row: Allocation,
    actual: Sequence[RRset],
    wanted: Sequence[RRset],
    *,
    all_of_it: bool,
) -> Iterator[Finding]:
    present = {(rrset.name, rrset.type) for rrset in actual}
    different = list(desired.changes(actual, wanted))
    if all_of_it:
        different += desired.surplus(actual, wanted)
    if different:
        changed = [one for one in different if (one.name, one.type) in present]
        words = ", ".join(_words(one, present) for one in different[:5])
        more = f" and {len(different) - 5} more" if len(different) > 5 else ""
        yield Finding(kind, row.fqdn, words + more, len(actual), len(changed), row.pk)


def _words(rrset: RRset, present: set[tuple[str, str]]) -> str:
    if not rrset.contents:
        return f"{rrset.name} {rrset.type} is too many"
    state = "differs" if (rrset.name, rrset.type) in present else "is missing"
    return f"{rrset.name} {rrset.type} {state}"


def _orphans(
    zones: Iterable[Zone], parents: Iterable[Delegations], wanted: Container[str]
) -> Iterator[Finding]:
    for zone in zones:
        owner: uuid.UUID | None = marked_allocation(zone.account)
        if owner is not None and zone.name not in wanted:
            yield Finding("orphan-zone", zone.name.rstrip("."), f"made for {owner}", 1, 1)
    for delegated in parents:
        for name, sets in delegated.items():
            ours = desired.delegation_ns(name, nameservers=settings.CATALYST.nameservers)
            if name not in wanted and any(set(one.contents) == set(ours.contents) for one in sets):
                yield Finding("orphan-delegation", name.rstrip("."), "", len(sets), len(sets))
