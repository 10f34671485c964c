"""What is on the shelf: the catalogue's availability, less what a `sold_out` fault has taken."""

from datetime import UTC, datetime

from infra.localcloud.hetzner.calls import Call
from infra.localcloud.hetzner.catalog import is_available
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.store import Json


def offered(call: Call, server_type: Json, location: str) -> bool:
    """Whether a new server of this type can be ordered there now by the caller's project."""
    sold_out = call.cloud.faults.sold_out(call.project, server_type["name"], location)
    return sold_out is None and is_available(server_type, location, datetime.now(UTC))


def need_in_stock(call: Call, server_type: Json, location: str) -> None:
    """Raises invalid_input when the type is not sold there, resource_unavailable when sold out."""
    name = server_type["name"]
    if not is_available(server_type, location, datetime.now(UTC)):
        raise invalid("server_type", f"unsupported location for server type {name}")
    if sold_out := call.cloud.faults.sold_out(call.project, name, location):
        sold_out.hits += 1
        message = f"server type {name} is not available in location {location} at the moment"
        raise ApiError("resource_unavailable", message)


def shown_server_types(call: Call) -> tuple[Json, ...]:
    return tuple(_server_type(call, entry) for entry in call.cloud.catalog.server_types)


def _server_type(call: Call, entry: Json) -> Json:
    places = [
        place
        if offered(call, entry, place["name"])
        else {**place, "available": False, "recommended": False}
        for place in entry["locations"]
    ]
    return {**entry, "locations": places}


def shown_datacenters(call: Call) -> tuple[Json, ...]:
    return tuple(_datacenter(call, entry) for entry in call.cloud.catalog.datacenters)


def _datacenter(call: Call, entry: Json) -> Json:
    place = entry["location"]["name"]
    gone = {
        kind["id"]
        for kind in call.cloud.catalog.server_types
        if call.cloud.faults.sold_out(call.project, kind["name"], place)
    }
    kinds = entry["server_types"]
    left = {
        field: [identifier for identifier in kinds[field] if identifier not in gone]
        for field in ("available", "available_for_migration")
    }
    return {**entry, "server_types": {**kinds, **left}}
