"""One name on the name servers beside what its row wants: a diff that people can read.

Asks PowerDNS and changes nothing. What counts as different is what the worker would write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings

from dns.pools.models import LIVE, Allocation
from dns.pools.steps import published
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns, ZoneMissing
from dns.powerdns.records import Key, RRset, Zone, absolute, mark, trusted_ds

_FIRST = {"SOA": 0, "NS": 1, "DS": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """One RRset; `short` is its name within the zone.

    `verdict`: `right`, `missing`, `differs`, `surplus`, or `kept` (not the row's to decide).
    """

    name: str
    short: str
    type: str
    verdict: str
    ttl: int
    wanted_ttl: int
    actual: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def gone(self) -> tuple[str, ...]:
        """Contents that are there and should not be."""
        return tuple(one for one in self.actual if one not in self.wanted)

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(one for one in self.wanted if one not in self.actual)

    @property
    def common(self) -> tuple[str, ...]:
        return tuple(one for one in self.actual if one in self.wanted)


@dataclass(frozen=True, slots=True)
class View:
    """`zone` None: there is none. `ours`: it has this allocation's mark."""

    zone: Zone | None
    ours: bool
    keys: tuple[Key, ...]
    lines: tuple[Line, ...]
    parent_lines: tuple[Line, ...]

    @property
    def different(self) -> int:
        """How many RRsets a worker would write."""
        every = (*self.lines, *self.parent_lines)
        return sum(line.verdict not in ("right", "kept") for line in every)


def view(row: Allocation) -> View:
    """The name as it is at this moment. Raises PowerDnsError."""
    env = settings.CATALYST
    with PowerDns.from_settings() as server:
        zone = server.zone(row.fqdn)
        keys = server.keys(row.fqdn) if zone else ()
        actual = server.rrsets(row.fqdn) if zone else ()
        try:
            delegated = server.rrsets(row.pool.domain, name=row.fqdn)
        except ZoneMissing:
            delegated = ()
    wanted: Sequence[RRset] = ()
    trusted: Sequence[RRset] = ()
    if row.state in LIVE:
        wanted = published(row, nameservers=env.nameservers, acme_directory=env.acme_directory)
        trusted = desired.delegation(
            row.fqdn, nameservers=env.nameservers, ds=trusted_ds(keys), ds_ttl=env.ds_ttl
        )
    return View(
        zone=zone,
        ours=zone is not None and zone.account == mark(row.pk),
        keys=keys,
        lines=compare(actual, wanted, apex=row.fqdn),
        parent_lines=compare(delegated, trusted, apex=row.fqdn),
    )


def compare(actual: Sequence[RRset], wanted: Sequence[RRset], *, apex: str) -> tuple[Line, ...]:
    """Every RRset of either side once, the zone's own name first."""
    there = {(one.name, one.type): one for one in actual}
    should = {(one.name, one.type): one for one in wanted if one.contents}
    different = _keys(desired.changes(actual, wanted))
    surplus = _keys(desired.surplus(actual, wanted))
    top = absolute(apex)
    lines = []
    for key in {**there, **should}:
        verdict = "right" if key in should else "kept"
        if key in surplus or (key in different and key not in should):
            verdict = "surplus"
        elif key in different:
            verdict = "differs" if key in there else "missing"
        lines.append(_line(key, verdict, there.get(key), should.get(key), top=top))
    return tuple(
        sorted(lines, key=lambda one: (one.name != top, one.name, _FIRST.get(one.type, 9)))
    )


def _line(
    key: tuple[str, str], verdict: str, there: RRset | None, should: RRset | None, *, top: str
) -> Line:
    return Line(
        name=key[0],
        short="@" if key[0] == top else key[0].removesuffix(f".{top}"),
        type=key[1],
        verdict=verdict,
        ttl=there.ttl if there else 0,
        wanted_ttl=should.ttl if should else 0,
        actual=there.contents if there else (),
        wanted=should.contents if should else (),
    )


def _keys(rrsets: Iterable[RRset]) -> set[tuple[str, str]]:
    return {(one.name, one.type) for one in rrsets}
