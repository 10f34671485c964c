"""Placements as records: plain ones where they do, else LUA records made of checked values only.

A LUA record is a program that PowerDNS runs: no text of a person gets into it but as a Lua string
whose every odd byte is a number. Source: https://doc.powerdns.com/authoritative/lua-records/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address

from dns.placement.modes import (
    ActiveActive,
    Address,
    BadPlacement,
    Closest,
    Failover,
    Placement,
    Probe,
    Single,
    Weighted,
    every_address,
)
from dns.powerdns.records import RRset, absolute

TTL = 30  # a failover is seen as late as this
_SEGMENT = 240  # octets of one character string; 255 at most (RFC 1035 §3.3)
_KINDS: tuple[tuple[str, type[IPv4Address] | type[IPv6Address]], ...] = (
    ("A", IPv4Address),
    ("AAAA", IPv6Address),
)


def rrsets(name: str, placement: Placement) -> tuple[RRset, ...]:
    """The sets of a placed name: A and AAAA, or one LUA set for both. Raises BadPlacement."""
    every_address(placement)
    if isinstance(placement, Single):
        sets = (
            RRset(absolute(name), kind, tuple(_plain(placement.places, of)), TTL)
            for kind, of in _KINDS
        )
        return tuple(rrset for rrset in sets if rrset.contents)
    contents = (
        f"{kind} {_quoted(tokens)}"
        for kind, of in _KINDS
        if (tokens := _program(placement, of)) is not None
    )
    return (RRset(absolute(name), "LUA", tuple(contents), TTL),)


Family = type[IPv4Address] | type[IPv6Address]


def _program(placement: Placement, of: Family) -> list[str] | None:
    """Pieces of the program for one family of addresses; None when no place is of it.

    A space may stand between any two pieces.
    """
    match placement:
        case Weighted(shares=shares):
            pairs = [f"{{{weight},'{place}'}}" for weight, place in shares if isinstance(place, of)]
            return ["pickwhashed({", *_listed(pairs), "})"] if pairs else None
        case Failover(groups=groups, probe=probe):
            sets = [list(_plain(group, of)) for group in groups]
            return _when_up(probe, [one for one in sets if one], selector="all")
        case ActiveActive(places=places, probe=probe):
            return _when_up(probe, [list(_plain(places, of))], selector="all")
        case Closest(places=places, probe=probe):
            return _when_up(probe, [list(_plain(places, of))], selector="pickclosest")
    raise BadPlacement("A single place needs no program.")


def _when_up(probe: Probe, sets: Sequence[Sequence[str]], *, selector: str) -> list[str] | None:
    if not any(sets):
        return None
    groups: list[str] = []
    for number, places in enumerate(sets):
        quoted = [f"'{place}'" for place in places]
        groups += ["," if number else "", "{", *_listed(quoted), "}"]
    options = [f"{{selector='{selector}',", f"backupSelector='all',timeout={probe.seconds}"]
    if probe.must_contain:
        options += [",stringmatch=", *_string(probe.must_contain)]
    return ["ifurlup(", *_string(probe.url), ",{", *groups, "},", *options, "})"]


def _plain(places: Iterable[Address], of: Family) -> Iterable[str]:
    return (str(place) for place in places if isinstance(place, of))


def _listed(items: Sequence[str]) -> list[str]:
    return [f"{item}," for item in items[:-1]] + list(items[-1:])


def _string(text: str) -> list[str]:
    """A Lua string, in pieces joined by `..`: no quote, backslash or line end is left in it."""
    safe = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/.-_ "
    octets = [chr(o) if o in safe else f"\\{o:03d}" for o in text.encode()]
    pieces = ["".join(octets[at : at + 50]) for at in range(0, len(octets), 50)] or [""]
    return [f"'{pieces[0]}'", *(f"..'{piece}'" for piece in pieces[1:])]


def _quoted(tokens: Iterable[str]) -> str:
    """Character strings of at most 255 octets; PowerDNS joins them with a space."""
    segments = [""]
    for token in tokens:
        if len(segments[-1]) + len(token) > _SEGMENT:
            segments.append("")
        segments[-1] += token
    return " ".join(f'"{segment}"' for segment in segments)
