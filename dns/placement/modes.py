"""The five ways to place a name. Values only; what is wrong with one is refused when it is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from catalyst.problem import Invalid

Address = IPv4Address | IPv6Address
_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}\Z")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]*)*\Z")
MOST_PLACES = 64
HEAVIEST = 1_000_000


class BadPlacement(Invalid):
    type = "bad-placement"
    title = "A name cannot be placed like this"


@dataclass(frozen=True, slots=True)
class Probe:
    """Up is who answers 200 to a GET of `url`, sent to each address in turn, within `seconds`.

    `url` has the name for SNI and `Host`; `must_contain`, if any, is text of a right answer.
    """

    url: str
    must_contain: str = ""
    seconds: int = 2

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port_ok = parts.port is None or parts.port > 0
        except ValueError:
            port_ok = False
        if not port_ok or parts.scheme not in ("http", "https"):
            raise BadPlacement(f"{self.url!r} is not an http(s) URL.", field="url")
        host = parts.hostname or ""
        plain = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
        if plain != self.url or not _HOST.match(host) or not _PATH.match(parts.path):
            raise BadPlacement(
                "It has a plain name, perhaps a port, and a plain path.", field="url"
            )
        if not 1 <= self.seconds <= 30:
            raise BadPlacement("An answer is waited for up to 30 seconds.", field="seconds")
        if len(self.must_contain) > 200:
            raise BadPlacement("At most 200 characters are looked for.", field="must_contain")


@dataclass(frozen=True, slots=True)
class Single:
    """One place, always: plain records."""

    places: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class ActiveActive:
    """Every place that is up; all of them when none seems to be."""

    places: tuple[Address, ...]
    probe: Probe


@dataclass(frozen=True, slots=True)
class Failover:
    """The first of the ordered groups that has a place up; of it, every place that is up."""

    groups: tuple[tuple[Address, ...], ...]
    probe: Probe


@dataclass(frozen=True, slots=True)
class Weighted:
    """(weight, place) pairs: an asker stays with one place, places get askers by weight."""

    shares: tuple[tuple[int, Address], ...]


@dataclass(frozen=True, slots=True)
class Closest:
    """Of the places that are up, the one next to the asker; needs PowerDNS' GeoIP backend."""

    places: tuple[Address, ...]
    probe: Probe


Placement = Single | ActiveActive | Failover | Weighted | Closest


def addresses(texts: Sequence[str]) -> tuple[Address, ...]:
    """Addresses from text, each once. Raises BadPlacement."""
    found: dict[Address, None] = {}
    for text in texts:
        try:
            address = ip_address(text)
        except ValueError as error:
            raise BadPlacement(f"{text!r} is not an address.", field="places") from error
        if isinstance(address, IPv6Address) and address.scope_id:
            raise BadPlacement(f"{text!r} is of one link only.", field="places")
        found[address] = None
    return tuple(found)


def every_address(placement: Placement) -> tuple[Address, ...]:
    """All places of a placement. Raises BadPlacement for none, too many, or a wrong weight."""
    match placement:
        case Failover(groups=groups):
            places = tuple(place for group in groups for place in group)
        case Weighted(shares=shares):
            if not all(0 < weight <= HEAVIEST for weight, _ in shares):
                raise BadPlacement(f"A weight is from 1 to {HEAVIEST}.", field="weight")
            places = tuple(place for _, place in shares)
        case _:
            places = placement.places
    if not 0 < len(places) <= MOST_PLACES or len(set(places)) != len(places):
        raise BadPlacement(f"One to {MOST_PLACES} places, each once.", field="places")
    return places
