"""Asks Hetzner what it offers and whether a token may write. Must never change anything there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.client import Hetzner, Json
from sovereign_wizard.catalog.offer import Catalogue, Location, Price, ServerType, Traffic
from sovereign_wizard.catalog.problems import (
    HOW_TO_MAKE_ONE,
    HetznerAway,
    TokenMalformed,
    TokenReadOnly,
)

TOKEN_LENGTH = 64
TERABYTE = 10**12
HOURS_PER_MONTH = 730  # how Hetzner turns its monthly cap into hours where it names no hourly price


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """A token that may read and write. Only its length is worth showing."""

    length: int


def check_token(token: Secret) -> TokenCheck:
    """Prove that a token may write, without writing.

    An SSH key without a key can never be made: Hetzner looks at the permission first (403), then
    at the body (422). Raises TokenMalformed before any call, TokenRefused, TokenReadOnly,
    HetznerAway, RateLimited.
    """
    value = token.reveal()
    if len(value) != TOKEN_LENGTH or not value.isascii() or not value.isalnum():
        raise TokenMalformed(
            f"A Hetzner token has {TOKEN_LENGTH} letters and digits; this has {len(value)} "
            f"characters. Copy it again. Nothing was sent to Hetzner."
        )
    with Hetzner(token) as api:
        answer = api.send("POST", "/ssh_keys", json={"name": "", "public_key": ""})
    if answer.status_code == httpx.codes.FORBIDDEN:
        raise TokenReadOnly(f"Hetzner knows the token, but it may not write. {HOW_TO_MAKE_ONE}")
    if answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        raise HetznerAway(
            f"Hetzner answered {answer.status_code} where it should have said whether the token "
            "may write. Nothing was created. Try again in a minute."
        )
    return TokenCheck(length=len(value))


def catalogue(token: Secret) -> Catalogue:
    """Everything on sale now, in four reads. Raises TokenRefused, HetznerAway, RateLimited."""
    with Hetzner(token) as api:
        locations = list(api.every("locations"))
        types = list(api.every("server_types"))
        in_stock = _in_stock(list(api.every("datacenters")))
        pricing = api.read("/pricing")["pricing"]
    now = datetime.now(UTC)
    return Catalogue(
        currency=pricing["currency"],
        locations=tuple(_location(entry) for entry in locations),
        server_types=tuple(_server_type(entry, in_stock, now) for entry in types),
        load_balancers={
            entry["name"]: _prices(entry["prices"]) for entry in pricing["load_balancer_types"]
        },
        primary_ipv4=next(
            (_prices(e["prices"]) for e in pricing["primary_ips"] if e["type"] == "ipv4"), {}
        ),
    )


def _location(entry: Json) -> Location:
    return Location(
        entry["name"],
        entry["city"],
        entry["country"],
        entry["network_zone"],
        float(entry["latitude"]),
        float(entry["longitude"]),
    )


def _in_stock(datacenters: list[Json]) -> Mapping[str, set[int]]:
    """Location name → ids of the server types that can be ordered there now."""
    stock: dict[str, set[int]] = {}
    for entry in datacenters:
        place = stock.setdefault(entry["location"]["name"], set())
        place.update(entry.get("server_types", {}).get("available", ()))
    return stock


def _server_type(entry: Json, in_stock: Mapping[str, set[int]], now: datetime) -> ServerType:
    available = {
        place["name"]
        for place in entry["locations"]
        if _still_sold(place["deprecation"], now)
        # Newer answers say it per location; the datacenters' list is the vendor's older way.
        and place.get("available", entry["id"] in in_stock.get(place["name"], ()))
    }
    return ServerType(
        name=entry["name"],
        vcpu=entry["cores"],
        ram_gb=Decimal(str(entry["memory"])),
        disk_gb=int(entry["disk"]),
        architecture=entry["architecture"],
        dedicated=entry["cpu_type"] == "dedicated",
        prices=_prices(entry["prices"]),
        available=frozenset(available),
        traffic=_traffic(entry["prices"]),
        deprecated=bool(entry["locations"]) and all(p["deprecation"] for p in entry["locations"]),
    )


def _still_sold(deprecation: Json | None, now: datetime) -> bool:
    return not deprecation or datetime.fromisoformat(deprecation["unavailable_after"]) > now


def _traffic(entries: list[Json]) -> dict[str, Traffic]:
    """Included traffic comes in bytes; the vendor's TB has 10^12 of them."""
    return {
        entry["location"]: Traffic(
            Decimal(entry["included_traffic"]) / TERABYTE,
            Decimal(entry["price_per_tb_traffic"]["net"]),
        )
        for entry in entries
        if "included_traffic" in entry and "price_per_tb_traffic" in entry
    }


def _prices(entries: list[Json]) -> dict[str, Price]:
    return {entry["location"]: _price(entry) for entry in entries}


def _price(entry: Json) -> Price:
    month = entry["price_monthly"]
    net, gross = Decimal(month["net"]), Decimal(month["gross"])
    hour = entry.get("price_hourly")
    return Price(
        monthly_net=net,
        monthly_gross=gross,
        hourly_net=Decimal(hour["net"]) if hour else net / HOURS_PER_MONTH,
        hourly_gross=Decimal(hour["gross"]) if hour else gross / HOURS_PER_MONTH,
    )
