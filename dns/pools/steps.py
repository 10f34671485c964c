"""The steps between a row and PowerDNS. Each looks first, writes only what differs, and may be
repeated; none writes a row. Before every write the worker proves that the name is still its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dns.pools.models import Allocation, AllocationState
from dns.pools.problems import ForeignZone, ParentMissing
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns, ZoneMissing
from dns.powerdns.records import RRset, Zone, mark, marked_allocation


@dataclass(frozen=True, slots=True)
class World:
    """One name: its row, the server, and what the settings say. `still_ours` raises LeaseLost."""

    server: PowerDns
    row: Allocation
    nameservers: Sequence[str]
    acme_directory: str
    still_ours: Callable[[], None]

    @property
    def parent(self) -> str:
        return self.row.pool.domain


def ensure_zone(world: World) -> None:
    """Our own zone is there. Raises ForeignZone when somebody else's is, ParentMissing."""
    row = world.row
    zone = world.server.zone(row.fqdn)
    if zone is not None and zone.account == mark(row.pk):
        return
    if zone is not None:
        if not _is_stale(zone, row):
            raise ForeignZone(
                f"The zone {row.fqdn} belongs to {zone.account or 'nobody we know'}, not to this"
                " allocation. Remove it or choose another name."
            )
        # An earlier holder's records and keys must not pass to the next one.
        _remove_delegation(world)
        world.still_ours()
        world.server.delete_zone(row.fqdn)
    elif _is_foreign(_in_parent(world), world.nameservers, row.fqdn):
        raise ForeignZone(f"{world.parent} has records of its own for {row.fqdn}.")
    world.still_ours()
    world.server.create_zone(
        row.fqdn,
        account=mark(row.pk),
        rrsets=desired.apex(row.fqdn, nameservers=world.nameservers),
    )


def ensure_signed(world: World) -> tuple[str, ...]:
    """The zone has a key; returns its DS contents (SHA-256). Raises ZoneMissing."""
    ds = _ds(world)
    if not ds:
        world.still_ours()
        world.server.sign(world.row.fqdn)
        ds = _ds(world)
    return ds


def ensure_delegated(world: World, *, ds: Sequence[str]) -> None:
    """NS and DS are in the parent, written together. Raises ParentMissing."""
    wanted = desired.delegation(world.row.fqdn, nameservers=world.nameservers, ds=ds)
    if desired.changes(_in_parent(world), wanted):
        world.still_ours()
        world.server.write(world.parent, wanted)


def ensure_published(world: World) -> None:
    """The zone says the addresses of the row, all in one write."""
    row = world.row
    assert row.address_v4, "an active row has an address (constraint dns_allocation_active)"
    wanted = (
        desired.delegation_ns(row.fqdn, nameservers=world.nameservers),
        *desired.addresses(
            row.fqdn,
            address_v4=row.address_v4,
            address_v6=row.address_v6,
            acme_directory=world.acme_directory,
        ),
    )
    different = desired.changes(world.server.rrsets(row.fqdn), wanted)
    if different:
        world.still_ours()
        world.server.write(row.fqdn, different)


def remove(world: World) -> str:
    """Delegation first, then the zone: at no moment does the parent vouch for a zone that is gone.

    Leaves alone what is not ours, and says so in the answer. Raises PowerDnsError.
    """
    row = world.row
    zone = world.server.zone(row.fqdn)
    if zone is not None and zone.account != mark(row.pk) and not _is_stale(zone, row):
        return "a zone that is not ours was left alone"
    _remove_delegation(world, only_ours=zone is None)
    if zone is not None:
        world.still_ours()
        world.server.delete_zone(row.fqdn)
    return ""


def _remove_delegation(world: World, *, only_ours: bool = False) -> None:
    try:
        actual = _in_parent(world)
    except ParentMissing:
        return
    if only_ours and _is_foreign(actual, world.nameservers, world.row.fqdn):
        return
    wanted = desired.no_delegation(world.row.fqdn)
    if desired.changes(actual, wanted):
        world.still_ours()
        world.server.write(world.parent, wanted)


def _in_parent(world: World) -> tuple[RRset, ...]:
    try:
        return world.server.rrsets(world.parent, name=world.row.fqdn)
    except ZoneMissing as error:
        raise ParentMissing(
            f"The zone {world.parent} is not on the name servers. Run: manage.py dns_bootstrap"
        ) from error


def _is_foreign(in_parent: Iterable[RRset], nameservers: Sequence[str], fqdn: str) -> bool:
    """Does the parent say something about the name that no step of ours would have written?"""
    ours = desired.delegation_ns(fqdn, nameservers=nameservers)
    return any(
        rrset.type not in ("NS", "DS")
        or (rrset.type == "NS" and set(rrset.contents) != set(ours.contents))
        for rrset in in_parent
    )


def _is_stale(zone: Zone, row: Allocation) -> bool:
    """Was the zone made for an earlier holder of this very name who is gone for good?"""
    owner = marked_allocation(zone.account)
    return (
        owner is not None
        and Allocation.objects.filter(
            pk=owner, fqdn=row.fqdn, state=AllocationState.RELEASED
        ).exists()
    )


def _ds(world: World) -> tuple[str, ...]:
    return tuple(
        ds for key in world.server.keys(world.row.fqdn) if key.active for ds in key.sha256_ds
    )
