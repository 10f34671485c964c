"""What a choice costs, as a value: lines, the bundle's discount, capacity, and its fingerprint.

The rounding rule: a bundle's discount is rounded down to whole minor units, once, on the sum that
it is given for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from catalyst.blueprints.needs import Need
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid
from franchise.catalog.models import WHOLE_BP
from franchise.money import Money


class NotSold(Invalid):
    """`field` is plan, addons, apps, bundle, units or currency; `name` what was asked for."""

    type = "not-sold"
    title = lazy("This cannot be bought")


class PriceChanged(Conflict):
    """`quote` is what it is now; `extra` has its `total`, `currency` and `fingerprint`."""

    type = "price-changed"
    title = lazy("The price has changed")

    def __init__(self, quote: Quote) -> None:
        super().__init__(
            _("It is now %(total)s a month. Look at it again and confirm. Nothing was ordered.")
            % {"total": quote.total},
            total=quote.total.minor,
            currency=quote.currency,
            fingerprint=quote.fingerprint,
        )
        self.quote = quote


@dataclass(frozen=True, slots=True)
class Line:
    """`included`: it costs nothing, and says so. A discount is a line of its own, below zero."""

    kind: str
    slug: str
    name: str
    name_ar: str
    quantity: int
    unit: Money
    version: int
    included: bool = False

    @property
    def total(self) -> Money:
        return Money(self.unit.minor * self.quantity, self.unit.currency)


@dataclass(frozen=True, slots=True)
class Size:
    """Thousandths of a core, MiB, GB."""

    cpu_milli: int = 0
    memory_mb: int = 0
    disk_gb: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(
            self.cpu_milli + other.cpu_milli,
            self.memory_mb + other.memory_mb,
            self.disk_gb + other.disk_gb,
        )

    def times(self, count: int) -> Self:
        return type(self)(self.cpu_milli * count, self.memory_mb * count, self.disk_gb * count)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the Apps and their backing services take, of what the Plan gives.

    A Plan that gives 0 GB of disk gives as much as is needed.
    """

    needed: Size
    given: Size

    @property
    def fits(self) -> bool:
        return (
            self.needed.cpu_milli <= self.given.cpu_milli
            and self.needed.memory_mb <= self.given.memory_mb
            and (not self.given.disk_gb or self.needed.disk_gb <= self.given.disk_gb)
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """A price per month. `services`: backing services that come along; `later`: Apps of the bundle
    that are not there yet, and are not sold. `needs`: what each App needs as it is sold today."""

    currency: str
    plan: str
    units: int | None
    lines: tuple[Line, ...]
    capacity: Capacity
    services: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)

    @property
    def total(self) -> Money:
        return sum((line.total for line in self.lines), Money(0, self.currency))

    @property
    def versions(self) -> tuple[int, ...]:
        """The ids of the CatalogVersions that are bought."""
        return tuple(line.version for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """Equal while one pays the same for the same; a word that was corrected changes nothing."""
        told = [
            [line.kind, line.slug, line.quantity, line.unit.minor, line.included]
            for line in self.lines
        ]
        said = [self.currency, self.plan, self.units, told, asdict(self.capacity.given)]
        return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()

    def must_match(self, fingerprint: str) -> None:
        """Raises PriceChanged unless this is what the customer saw."""
        if not constant_time_compare(self.fingerprint, fingerprint):
            raise PriceChanged(self)

    def facts(self) -> dict[str, Any]:
        """For an order to keep: plain JSON."""
        return {
            "currency": self.currency,
            "plan": self.plan,
            "units": self.units,
            "total_minor": self.total.minor,
            "lines": [_told(line) for line in self.lines],
            "capacity": asdict(self.capacity),
            "services": list(self.services),
            "later": list(self.later),
            "needs": {slug: list(map(asdict, needs)) for slug, needs in self.needs.items()},
            "fingerprint": self.fingerprint,
        }


def _told(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "slug": line.slug,
        "name": line.name,
        "name_ar": line.name_ar,
        "quantity": line.quantity,
        "unit_minor": line.unit.minor,
        "total_minor": line.total.minor,
        "included": line.included,
        "version": line.version,
    }


def discount_of(amount: Money, discount_bp: int) -> Money:
    """The discount, rounded down: what is not a whole minor unit is paid."""
    return Money(amount.minor * discount_bp // WHOLE_BP, amount.currency)
