"""The zone of a domain that comes: made, signed, written, removed. Each looks first and may be
repeated; a zone that is not ours is never touched.
"""

from __future__ import annotations

import uuid

from django.conf import settings

from dns.byo import records
from dns.byo.context import Context
from dns.byo.models import ENDED, DomainMove
from dns.byo.values import Record
from dns.pools.problems import ForeignZone
from dns.powerdns import zone as desired
from dns.powerdns.records import RRset, Zone, mark, marked_allocation, trusted_ds


def ensure(ctx: Context) -> None:
    """It is there with both marks. Raises ForeignZone when it is somebody else's."""
    row, server = ctx.row, ctx.server
    zone = server.zone(row.fqdn)
    if zone is not None and zone.account != mark(row.pk):
        if not _is_stale(zone, row):
            raise ForeignZone(
                f"The zone {row.fqdn} belongs to {zone.account or 'nobody we know'}. Our support "
                "has to look."
            )
        # An earlier holder's records and keys must not pass to the next one.
        with ctx.ours():
            server.delete_zone(row.fqdn)
        zone = None
    if zone is None:
        apex = desired.apex(
            row.fqdn, nameservers=settings.CATALYST.nameservers, negative_ttl=key_ttl()
        )
        with ctx.ours():
            server.create_zone(row.fqdn, account=mark(row.pk), rrsets=apex)
    _ensure_owner(ctx)
    if not own_ds(ctx):
        with ctx.ours():
            server.sign(row.fqdn)


def key_ttl() -> int:
    """Seconds for which resolvers believe our keys."""
    return desired.key_ttl(settings.CATALYST.ds_ttl)


def own_ds(ctx: Context) -> tuple[str, ...]:
    """DS contents (SHA-256) of the zone's active keys. Raises ZoneMissing."""
    return trusted_ds(ctx.server.keys(ctx.row.fqdn))


def wanted(row: DomainMove) -> tuple[RRset, ...]:
    """What the zone says besides its SOA and challenge values."""
    return records.rrsets(
        row.fqdn,
        [Record.of_json(one) for one in row.records],
        nameservers=settings.CATALYST.nameservers,
        address_v4=row.address_v4,
        address_v6=row.address_v6,
        acme_directory=settings.CATALYST.acme_directory,
    )


def ensure_written(ctx: Context) -> bool:
    """It says what the row wants and nothing else, in one write; true when something changed."""
    actual = ctx.server.rrsets(ctx.row.fqdn)
    sets = wanted(ctx.row)
    different = (*desired.changes(actual, sets), *desired.surplus(actual, sets))
    if different:
        with ctx.ours():
            ctx.server.write(ctx.row.fqdn, different)
    return bool(different)


def remove(ctx: Context) -> bool:
    """Take it away if it is ours; the caller knows that nobody is sent to it."""
    zone = ctx.server.zone(ctx.row.fqdn)
    if zone is None or zone.account != mark(ctx.row.pk):
        return False
    with ctx.ours():
        ctx.server.delete_zone(ctx.row.fqdn)
    return True


def _ensure_owner(ctx: Context) -> None:
    """The metadata name us too: who edits `account` does not give a zone away."""
    owner = ctx.server.owner(ctx.row.fqdn)
    if owner == str(ctx.row.pk):
        return
    if owner is not None:
        raise ForeignZone(f"The zone {ctx.row.fqdn} says that it belongs to {owner}.")
    with ctx.ours():
        ctx.server.set_owner(ctx.row.fqdn, str(ctx.row.pk))


def _is_stale(zone: Zone, row: DomainMove) -> bool:
    """Was it made for an earlier move of this very domain that is over for good?"""
    owner: uuid.UUID | None = marked_allocation(zone.account)
    return (
        owner is not None
        and DomainMove.objects.filter(pk=owner, fqdn=row.fqdn, state__in=ENDED).exists()
    )
