"""Things at Hetzner as values: what they are, whose, why they are listed, what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalyst.language.things import counted

Json = dict[str, Any]

NOUNS = {
    "server": "server",
    "volume": "volume",
    "load_balancer": "load balancer",
    "network": "network",
    "firewall": "firewall",
    "ssh_key": "SSH key",
    "primary_ip": "primary IP",
    "floating_ip": "floating IP",
    "placement_group": "placement group",
    "certificate": "certificate",
    "image": "snapshot",
}
"""Kinds in the order a page lists them."""
HOURS = 730
"""Hours of a month, for kinds Hetzner has only a monthly price of."""
SIGNS = {"EUR": "€", "USD": "$"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing. `monthly_net` is None where Hetzner charges nothing for the kind, `hourly_net`
    also where it names no price an hour (volumes) or none was noted (older looks); `details` are
    the few facts OpenTofu needs to take it over (size, type, location), all plain JSON;
    `protected` is Hetzner's own protection against deletion."""

    kind: str
    id: int
    name: str
    why: str
    created: datetime | None = None
    location: str = ""
    monthly_net: Decimal | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    protected: bool = False
    hourly_net: Decimal | None = None

    @property
    def noun(self) -> str:
        return NOUNS[self.kind]

    @property
    def an_hour(self) -> Decimal | None:
        """The price an hour, else the month's share of one."""
        if self.hourly_net is None and self.monthly_net is not None:
            return self.monthly_net / HOURS
        return self.hourly_net

    @property
    def key(self) -> str:
        """`volume:4711`: names one thing in a form and in a list."""
        return f"{self.kind}:{self.id}"

    def as_dict(self) -> Json:
        return {
            **asdict(self),
            "created": self.created.isoformat() if self.created else None,
            "monthly_net": _text(self.monthly_net),
            "hourly_net": _text(self.hourly_net),
        }

    @classmethod
    def from_dict(cls, kept: Json) -> Item:
        return cls(
            **{
                **kept,
                "created": datetime.fromisoformat(kept["created"]) if kept["created"] else None,
                "monthly_net": _amount(kept["monthly_net"]),
                "hourly_net": _amount(kept.get("hourly_net")),
            }
        )


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything of one Deployment at one moment.

    - `items`: carries the Deployment's label, or lives and dies with something that does.
    - `also_found`: without the label but tied to its network or servers, so made inside the
      cluster; never removed without a person having read it.
    """

    looked_at: datetime
    currency: str = "EUR"
    items: tuple[Item, ...] = ()
    also_found: tuple[Item, ...] = ()

    @property
    def everything(self) -> tuple[Item, ...]:
        return (*self.items, *self.also_found)

    @property
    def is_empty(self) -> bool:
        return not self.everything

    @property
    def monthly_net(self) -> Decimal:
        """What all of it costs a month, net, traffic and hours below the cap aside."""
        return total(self.everything)

    @property
    def hourly_net(self) -> Decimal:
        """The same an hour, before Hetzner's cap a month."""
        prices = (item.an_hour for item in self.everything)
        return sum((price for price in prices if price is not None), Decimal(0))

    @property
    def saved_net(self) -> Decimal:
        """What destroying saves a month: OpenTofu removes `items` only."""
        return total(self.items)

    @property
    def kept_net(self) -> Decimal:
        """What goes on being billed a month until `also_found` is removed too."""
        return total(self.also_found)

    def words(self) -> str:
        """e.g. "2 servers, 1 volume: €23.48 a month net"; "nothing" when there is nothing."""
        if self.is_empty:
            return counted({})
        counts: dict[str, int] = {}
        for item in self.everything:
            counts[item.kind] = counts.get(item.kind, 0) + 1
        things = counted({noun: counts[kind] for kind, noun in NOUNS.items() if counts.get(kind)})
        if not self.monthly_net:
            return _("%(things)s: free of charge") % {"things": things}
        price = money(self.monthly_net, self.currency)
        return _("%(things)s: %(price)s a month net") % {"things": things, "price": price}

    def as_dict(self) -> Json:
        """Plain JSON, for a Deployment's facts."""
        return {
            "looked_at": self.looked_at.isoformat(),
            "currency": self.currency,
            "monthly_net": str(self.monthly_net),
            "items": [item.as_dict() for item in self.items],
            "also_found": [item.as_dict() for item in self.also_found],
        }

    @classmethod
    def from_dict(cls, kept: Json) -> Inventory:
        return cls(
            looked_at=datetime.fromisoformat(kept["looked_at"]).astimezone(UTC),
            currency=kept["currency"],
            items=tuple(Item.from_dict(item) for item in kept["items"]),
            also_found=tuple(Item.from_dict(item) for item in kept["also_found"]),
        )


def money(amount: Decimal, currency: str) -> str:
    """`€23.48` for what everybody writes so, else `OMR 23.48`."""
    return f"{SIGNS.get(currency, f'{currency} ')}{amount:.2f}"


def total(items: Iterable[Item]) -> Decimal:
    """Sum of the monthly net prices; things without one count nothing."""
    return sum((item.monthly_net for item in items if item.monthly_net is not None), Decimal(0))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
