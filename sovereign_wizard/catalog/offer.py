"""The catalogue as values: locations, server types and prices, and what a Sovereign costs.

Sources: Hetzner Cloud API `/locations`, `/server_types`, `/datacenters`, `/pricing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

# A control plane runs the platform's own components too; below this it runs out of memory
# (provisioning spec §1 step 3, weak point W31).
CONTROL_PLANE_RAM_GB = 16
# The load balancer of infra/hetzner (variable load_balancer_type).
LOAD_BALANCER_TYPE = "lb11"
# Control planes of a highly available Sovereign (infra/hetzner, local.control_plane_count).
HIGHLY_AVAILABLE = 3


@dataclass(frozen=True, slots=True)
class Price:
    """Net and gross, per month (a cap) and per hour, in the catalogue's currency."""

    monthly_net: Decimal
    monthly_gross: Decimal
    hourly_net: Decimal
    hourly_gross: Decimal

    def __add__(self, other: Price) -> Price:
        return Price(
            self.monthly_net + other.monthly_net,
            self.monthly_gross + other.monthly_gross,
            self.hourly_net + other.hourly_net,
            self.hourly_gross + other.hourly_gross,
        )

    def times(self, count: int) -> Price:
        return Price(
            self.monthly_net * count,
            self.monthly_gross * count,
            self.hourly_net * count,
            self.hourly_gross * count,
        )


@dataclass(frozen=True, slots=True)
class Location:
    """A place where servers stand, e.g. `nbg1`, Nuremberg, DE, `eu-central`."""

    name: str
    city: str
    country: str
    network_zone: str
    latitude: float = 0.0
    longitude: float = 0.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What goes out: TB in a month that the price includes, and net for each TB more."""

    included_tb: Decimal
    more_net: Decimal


@dataclass(frozen=True, slots=True)
class ServerType:
    """One size. `prices` has the locations that sell it; `available` those with stock now."""

    name: str
    vcpu: int
    ram_gb: Decimal
    disk_gb: int
    architecture: str
    dedicated: bool
    prices: Mapping[str, Price]
    available: frozenset[str]
    deprecated: bool
    traffic: Mapping[str, Traffic] = field(default_factory=dict)

    @property
    def fits_control_plane(self) -> bool:
        return self.ram_gb >= CONTROL_PLANE_RAM_GB


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it at one moment. Load balancer and IPv4 prices are per location."""

    currency: str
    locations: tuple[Location, ...]
    server_types: tuple[ServerType, ...]
    load_balancers: Mapping[str, Mapping[str, Price]]
    primary_ipv4: Mapping[str, Price]

    def location(self, name: str) -> Location | None:
        return next((place for place in self.locations if place.name == name), None)

    def server_type(self, name: str) -> ServerType | None:
        return next((size for size in self.server_types if size.name == name), None)

    def sold_in(self, location: str) -> tuple[ServerType, ...]:
        """Current sizes of a location, cheapest first, whether in stock or not."""
        sold = (s for s in self.server_types if location in s.prices and not s.deprecated)
        return tuple(sorted(sold, key=lambda size: (size.prices[location].monthly_net, size.name)))


@dataclass(frozen=True, slots=True)
class EstimateLine:
    words: str
    count: int
    each: Price

    @property
    def sum(self) -> Price:
        return self.each.times(self.count)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What runs all the time. Traffic beyond the included and volumes come on top."""

    currency: str
    lines: tuple[EstimateLine, ...]
    # Of all servers together; the load balancer has its own. None where the vendor does not say.
    traffic: Traffic | None = None

    @property
    def total(self) -> Price:
        first, *rest = (line.sum for line in self.lines)
        for price in rest:
            first = first + price
        return first


def estimate(
    catalogue: Catalogue,
    *,
    region: str,
    control_plane_size: str,
    worker_size: str = "",
    worker_count: int = 0,
    ha_enabled: bool = False,
    load_balancer_type: str = LOAD_BALANCER_TYPE,
) -> Estimate | None:
    """The price of a Sovereign; None while the choice is incomplete or not sold there.

    High availability makes two more servers with an address each; the network, the firewall and
    the placement group cost nothing, and the one load balancer stays one.
    """
    control_plane = catalogue.server_type(control_plane_size)
    worker = catalogue.server_type(worker_size) if worker_count else None
    balancer = catalogue.load_balancers.get(load_balancer_type, {}).get(region)
    address = catalogue.primary_ipv4.get(region)
    if control_plane is None or region not in control_plane.prices or not balancer or not address:
        return None
    if worker_count and (worker is None or region not in worker.prices):
        return None
    planes = HIGHLY_AVAILABLE if ha_enabled else 1
    noun = _("Control plane") if planes == 1 else _("Control planes")
    lines = [EstimateLine(f"{noun} {control_plane.name}", planes, control_plane.prices[region])]
    if worker:
        lines.append(
            EstimateLine(f"{_('Workers')} {worker.name}", worker_count, worker.prices[region])
        )
    lines.append(EstimateLine(f"{_('Load balancer')} {load_balancer_type}", 1, balancer))
    lines.append(EstimateLine(_("Public IPv4 addresses"), planes + worker_count, address))
    machines = [control_plane] * planes + ([worker] * worker_count if worker else [])
    return Estimate(catalogue.currency, tuple(lines), _traffic(machines, region))


def _traffic(machines: Sequence[ServerType], region: str) -> Traffic | None:
    known = [each.traffic[region] for each in machines if region in each.traffic]
    if len(known) != len(machines):
        return None
    included = sum((each.included_tb for each in known), Decimal(0))
    return Traffic(included, max(each.more_net for each in known))
