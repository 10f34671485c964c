"""Net prices of things that exist, from the vendor's price list (`GET /pricing`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
ByLocation = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices a month, or an hour, net. A type no longer on the list costs `None`: not known."""

    currency: str
    servers: Mapping[str, ByLocation]
    load_balancers: Mapping[str, ByLocation]
    primary_ips: Mapping[str, ByLocation]
    floating_ips: Mapping[str, ByLocation]
    volume_gb: Decimal
    image_gb: Decimal
    backup_share: Decimal

    def server(self, thing: Json, location: str) -> Decimal | None:
        price = self.servers.get(thing["server_type"]["name"], {}).get(location)
        if price is not None and thing.get("backup_window"):
            return price * (1 + self.backup_share)
        return price

    def load_balancer(self, thing: Json, location: str) -> Decimal | None:
        return self.load_balancers.get(thing["load_balancer_type"]["name"], {}).get(location)

    def volume(self, thing: Json, location: str) -> Decimal | None:
        return self.volume_gb * int(thing["size"])

    def primary_ip(self, thing: Json, location: str) -> Decimal | None:
        return self.primary_ips.get(thing["type"], {}).get(location)

    def floating_ip(self, thing: Json, location: str) -> Decimal | None:
        return self.floating_ips.get(thing["type"], {}).get(location)

    def image(self, thing: Json, location: str) -> Decimal | None:
        size = thing.get("image_size")
        return None if size is None else self.image_gb * Decimal(str(size))


MONTHLY, HOURLY = "price_monthly", "price_hourly"
# Other kinds have a price a month alone.
PRICED_BY_THE_HOUR = frozenset({"server", "load_balancer", "primary_ip"})


def read(pricing: Json, per: str = MONTHLY) -> PriceList:
    """The document under `pricing` as values. Those of GB stay a month's."""
    return PriceList(
        currency=pricing["currency"],
        servers=_named(pricing["server_types"], "name", per),
        load_balancers=_named(pricing["load_balancer_types"], "name", per),
        primary_ips=_named(pricing["primary_ips"], "type", per),
        floating_ips=_named(pricing["floating_ips"], "type", per),
        volume_gb=Decimal(pricing["volume"]["price_per_gb_month"]["net"]),
        image_gb=Decimal(pricing["image"]["price_per_gb_month"]["net"]),
        backup_share=Decimal(pricing["server_backup"]["percentage"]) / 100,
    )


def _named(entries: list[Json], name: str, per: str) -> dict[str, ByLocation]:
    return {
        entry[name]: {
            place["location"]: Decimal(place[per]["net"])
            for place in entry["prices"]
            if per in place
        }
        for entry in entries
    }
