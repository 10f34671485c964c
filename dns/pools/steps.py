"""The steps between a row and PowerDNS. Each looks first, writes only what differs, and may be
repeated; none writes a row. Every write happens while the worker's lease cannot change hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dns.pools.models import Allocation, AllocationState
from dns.pools.problems import ForeignZone, ParentMissing
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns, ZoneMissing
from dns.powerdns.records import RRset, Zone, mark, marked_allocation, trusted_ds


@dataclass(frozen=True, slots=True)
class World:
    """One name: its row, the server, and what the settings say. `ds_ttl` in seconds.

    `ours` is a context in which no other worker can hold the name; raises LeaseLost.
    `let_caches_forget` returns once no resolver can believe in the DS that was taken out (its
    argument: just now), and ends this look at the name before that.
    """

    server: PowerDns
    row: Allocation
    nameservers: Sequence[str]
    acme_directory: str
    ds_ttl: int
    ours: Callable[[], AbstractContextManager[None]]
    let_caches_forget: Callable[[bool], None]

    @property
    def parent(self) -> str:
        return self.row.pool.domain


def ensure_zone(world: World) -> None:
    """Our own zone is there, with both marks. Raises ForeignZone when somebody else's is."""
    row, server = world.row, world.server
    zone = server.zone(row.fqdn)
    made = zone is not None and zone.account == mark(row.pk)
    if not made and _is_foreign(_in_parent(world), world.nameservers, row.fqdn):
        raise ForeignZone(f"{world.parent} has records of its own for {row.fqdn}.")
    if zone is not None and not made:
        if not _is_stale(zone, row):
            raise ForeignZone(
                f"The zone {row.fqdn} belongs to {zone.account or 'nobody we know'}, not to this"
                " allocation. Remove it or choose another name."
            )
        # An earlier holder's records and keys must not pass to the next one.
        _remove(world, there=True)
    if not made:
        first = apex(row, nameservers=world.nameservers, ds_ttl=world.ds_ttl)
        with world.ours():
            server.create_zone(row.fqdn, account=mark(row.pk), rrsets=first)
    _ensure_owner(world)


def _ensure_owner(world: World) -> None:
    """The zone's metadata name us too: somebody who edits `account` does not give a zone away."""
    row, server = world.row, world.server
    owner = server.owner(row.fqdn)
    if owner == str(row.pk):
        return
    if owner is not None:
        raise ForeignZone(f"The zone {row.fqdn} says in its metadata that it belongs to {owner}.")
    with world.ours():
        server.set_owner(row.fqdn, str(row.pk))


def ensure_signed(world: World) -> tuple[str, ...]:
    """The zone has a key; returns its DS contents (SHA-256). Raises ZoneMissing."""
    server, fqdn = world.server, world.row.fqdn
    ds = trusted_ds(server.keys(fqdn))
    if not ds:
        with world.ours():
            server.sign(fqdn)
        ds = trusted_ds(server.keys(fqdn))
    return ds


def ensure_delegated(world: World, *, ds: Sequence[str]) -> None:
    """NS and DS are in the parent, written together. Raises ParentMissing."""
    wanted = desired.delegation(
        world.row.fqdn, nameservers=world.nameservers, ds=ds, ds_ttl=world.ds_ttl
    )
    if desired.changes(_in_parent(world), wanted):
        with world.ours():
            world.server.write(world.parent, wanted)


def apex(row: Allocation, *, nameservers: Sequence[str], ds_ttl: int) -> tuple[RRset, ...]:
    """What a new zone starts with: SOA and NS."""
    ttl = desired.key_ttl(ds_ttl)
    return desired.apex(row.fqdn, nameservers=nameservers, negative_ttl=ttl)


def published(
    row: Allocation, *, nameservers: Sequence[str], acme_directory: str
) -> tuple[RRset, ...]:
    """What the zone of a living row says, besides its SOA and its challenge values."""
    ns = desired.delegation_ns(row.fqdn, nameservers=nameservers)
    if not row.address_v4:  # only a committed row has one (constraints on its state)
        return (ns,)
    return (
        ns,
        *desired.addresses(
            row.fqdn,
            address_v4=row.address_v4,
            address_v6=row.address_v6,
            acme_directory=acme_directory,
        ),
    )


def ensure_published(world: World) -> None:
    """The zone says what the row wants and nothing else, all in one write."""
    row = world.row
    wanted = published(row, nameservers=world.nameservers, acme_directory=world.acme_directory)
    actual = world.server.rrsets(row.fqdn)
    different = (*desired.changes(actual, wanted), *desired.surplus(actual, wanted))
    if different:
        with world.ours():
            world.server.write(row.fqdn, different)


def remove(world: World) -> str:
    """Take the name from the world: at no moment does the parent vouch for a zone that is gone.

    Leaves alone what is not ours, and says so in the answer. Raises PowerDnsError.
    """
    zone = world.server.zone(world.row.fqdn)
    if zone is not None and zone.account != mark(world.row.pk) and not _is_stale(zone, world.row):
        return "a zone that is not ours was left alone"
    return _remove(world, there=zone is not None)


def _remove(world: World, *, there: bool) -> str:
    """DS out, wait until caches forgot it, NS out, zone (if `there`) out (RFC 6781 §4.3.4)."""
    fqdn = world.row.fqdn
    left = ""
    try:
        delegated = _in_parent(world)
    except ParentMissing:
        delegated = ()
    if _is_foreign(delegated, world.nameservers, fqdn):
        left = "a delegation that is not ours was left alone"
    elif delegated:
        trusted = desired.changes(delegated, [desired.no_trust(fqdn)])
        if trusted:
            with world.ours():
                world.server.write(world.parent, trusted)
        world.let_caches_forget(bool(trusted))
        with world.ours():
            world.server.write(world.parent, desired.no_delegation(fqdn))
    if there:
        with world.ours():
            world.server.delete_zone(fqdn)
    return left


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
