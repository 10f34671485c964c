"""What can be bought: locations, types, images and prices, from the data files beside this module.

The figures are those of the vendor's public price list as noted in the project's specification;
they are read-only and the same for every project.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from infra.localcloud.hetzner.errors import invalid

Json = dict[str, Any]
_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Entries in the shape the API answers with, ordered by id; `prices` is the raw price file."""

    locations: tuple[Json, ...]
    datacenters: tuple[Json, ...]
    server_types: tuple[Json, ...]
    load_balancer_types: tuple[Json, ...]
    images: tuple[Json, ...]
    isos: tuple[Json, ...]
    pricing: Json

    def location(self, reference: str | int, field: str = "location") -> Json:
        return _find(self.locations, reference, field)

    def datacenter_at(self, location: str) -> Json:
        return next(entry for entry in self.datacenters if entry["location"]["name"] == location)

    def server_type(self, reference: str | int) -> Json:
        return _find(self.server_types, reference, "server_type")

    def load_balancer_type(self, reference: str | int) -> Json:
        return _find(self.load_balancer_types, reference, "load_balancer_type")

    def iso(self, reference: str | int) -> Json:
        return _find(self.isos, reference, "iso")

    def image(self, reference: str | int, architecture: str) -> Json:
        """By id, or by name for an architecture (a name exists once per architecture)."""
        fitting = tuple(
            image for image in self.images
            if image["architecture"] == architecture or str(image["id"]) == str(reference)
        )  # fmt: skip
        return _find(fitting, reference, "image")


def _find(entries: tuple[Json, ...], reference: str | int, field: str) -> Json:
    wanted = str(reference)
    for entry in entries:
        if entry["name"] == wanted or str(entry["id"]) == wanted:
            return entry
    raise invalid(field, f"'{wanted}' does not exist")


@cache
def catalog() -> Catalog:
    """The catalogue; raises on a data file that contradicts another one."""
    prices = _read("prices")
    locations = tuple(_read("locations"))
    by_name = {entry["name"]: entry for entry in locations}
    types = tuple(_server_type(row, by_name, prices) for row in _read("server_types"))
    types = tuple(sorted(types, key=lambda entry: int(entry["id"])))
    balancers = tuple(
        _load_balancer_type(row, locations, prices) for row in _read("load_balancer_types")
    )
    return Catalog(
        locations=locations,
        datacenters=tuple(_datacenter(row, by_name, types) for row in _read("datacenters")),
        server_types=types,
        load_balancer_types=balancers,
        images=tuple(_image(row) for row in _read("images")),
        isos=tuple(_read("isos")),
        pricing=_pricing(prices, locations, types, balancers),
    )


def is_available(server_type: Json, location: str, now: datetime) -> bool:
    """Whether a new server of this type can be ordered there now."""
    for entry in server_type["locations"]:
        if entry["name"] == location:
            deprecation = entry["deprecation"]
            return not deprecation or datetime.fromisoformat(deprecation["unavailable_after"]) > now
    return False


def _read(name: str) -> Any:
    return json.loads((_DATA / f"{name}.json").read_text())


def _price(net: Decimal, prices: Json) -> Json:
    gross = net * (1 + Decimal(prices["vat_rate"]) / 100)
    return {"net": f"{net:.10f}", "gross": f"{gross:.10f}"}


def _time_prices(location: Json, monthly: str, prices: Json, included: float | None = None) -> Json:
    zone = location["network_zone"]
    month = Decimal(monthly)
    if included is None:
        included = prices["included_traffic_tb"][zone] * 10**12
    return {
        "location": location["name"],
        "price_hourly": _price(month / prices["hours_per_month"], prices),
        "price_monthly": _price(month, prices),
        "included_traffic": int(included),
        "price_per_tb_traffic": _price(Decimal(prices["traffic_per_tb"][zone]), prices),
    }


def _server_type(row: Json, locations: dict[str, Json], prices: Json) -> Json:
    deprecation = row.get("deprecation")
    return {
        **{key: row[key] for key in ("id", "name", "cores", "memory", "disk", "cpu_type")},
        "architecture": row["architecture"],
        "category": row["category"],
        "description": row["name"].upper(),
        "storage_type": "local",
        "deprecated": deprecation is not None,
        "deprecation": deprecation,
        "locations": [
            {
                "id": locations[name]["id"],
                "name": name,
                "deprecation": deprecation,
                "available": deprecation is None,
                "recommended": deprecation is None,
            }
            for name in row["monthly"]
        ],
        "prices": [
            _time_prices(locations[name], monthly, prices)
            for name, monthly in row["monthly"].items()
        ],
    }


def _load_balancer_type(row: Json, locations: tuple[Json, ...], prices: Json) -> Json:
    kept = {key: value for key, value in row.items() if key not in ("monthly", "included_traffic")}
    included = row["included_traffic"]
    return {
        **kept,
        "deprecated": None,
        "prices": [_time_prices(entry, row["monthly"], prices, included) for entry in locations],
    }


def _datacenter(row: Json, locations: dict[str, Json], types: tuple[Json, ...]) -> Json:
    supported = [
        entry
        for entry in types
        if row["location"] in {place["name"] for place in entry["locations"]}
    ]
    current = [entry["id"] for entry in supported if not entry["deprecated"]]
    return {
        **row,
        "location": locations[row["location"]],
        "server_types": {
            "supported": [entry["id"] for entry in supported],
            "available": current,
            "available_for_migration": current,
        },
    }


def _image(row: Json) -> Json:
    return {
        **row,
        "type": "system",
        "status": "available",
        "image_size": None,
        "created_from": None,
        "bound_to": None,
        "rapid_deploy": True,
        "protection": {"delete": False},
        "deprecated": row.get("deprecated"),
        "deleted": None,
        "labels": {},
    }


def _pricing(
    prices: Json, locations: tuple[Json, ...], types: tuple[Json, ...], balancers: tuple[Json, ...]
) -> Json:
    def monthly(net: str) -> list[Json]:
        return [
            {"location": entry["name"], "price_monthly": _price(Decimal(net), prices)}
            for entry in locations
        ]

    def primary(net: str) -> list[Json]:
        hour = Decimal(net) / prices["hours_per_month"]
        return [{**entry, "price_hourly": _price(hour, prices)} for entry in monthly(net)]

    floating = prices["floating_ip_monthly"]
    return {
        "currency": prices["currency"],
        "vat_rate": f"{Decimal(prices['vat_rate']):.10f}",
        "floating_ip": {"price_monthly": _price(Decimal(floating["ipv4"]), prices)},
        "floating_ips": [{"type": kind, "prices": monthly(net)} for kind, net in floating.items()],
        "image": {"price_per_gb_month": _price(Decimal(prices["image_per_gb_month"]), prices)},
        "volume": {"price_per_gb_month": _price(Decimal(prices["volume_per_gb_month"]), prices)},
        "server_backup": {"percentage": f"{Decimal(prices['server_backup_percentage']):.10f}"},
        "primary_ips": [
            {"type": "ipv4", "prices": primary(prices["primary_ipv4_monthly"])},
            {"type": "ipv6", "prices": primary("0")},
        ],
        "server_types": [
            {key: entry[key] for key in ("id", "name", "prices")} for entry in types
        ],
        "load_balancer_types": [
            {key: entry[key] for key in ("id", "name", "prices")} for entry in balancers
        ],
    }  # fmt: skip
