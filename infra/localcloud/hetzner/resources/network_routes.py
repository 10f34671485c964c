"""Routes of networks: checked, kept and shown. Nothing is routed."""

from ipaddress import IPv4Address, IPv4Network

from infra.localcloud.hetzner.addresses import gateway
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import ApiError, invalid, not_found
from infra.localcloud.hetzner.locks import need_no_change
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.store import Json, Resource

KIND = "network"
MOST = 100  # vendor documentation, "Networks": limits


def add(row: Resource, asked: Json) -> None:
    """Raises invalid_input, uniqueness_error, resource_limit_exceeded."""
    whole = IPv4Network(row.body["ip_range"])
    try:
        destination = IPv4Network(asked["destination"])
    except ValueError as error:
        raise invalid("destination", "is not an IPv4 range in CIDR notation") from error
    try:
        through = IPv4Address(asked["gateway"])
    except ValueError as error:
        raise invalid("gateway", "is not an IPv4 address") from error
    if through not in whole or str(through) == gateway(row):
        raise invalid("gateway", f"must be an address of {whole} other than its first one")
    if any(destination.overlaps(IPv4Network(subnet["ip_range"])) for subnet in row.body["subnets"]):
        raise invalid("destination", "overlaps with a subnet of the network")
    if any(entry["destination"] == str(destination) for entry in row.body["routes"]):
        raise ApiError("uniqueness_error", f"there is a route to {destination} already")
    if len(row.body["routes"]) >= MOST:
        raise ApiError("resource_limit_exceeded", f"at most {MOST} routes are possible")
    row.body["routes"].append({"destination": str(destination), "gateway": str(through)})


@route("POST", "/networks/{id}/actions/add_route", 201)
def add_route(call: Call) -> Json:
    row = call.resource(KIND)
    need_no_change(call.cloud, row)
    add(row, call.body)
    call.cloud.store.save(row)
    return answer(call.cloud.start("add_route", row))


@route("POST", "/networks/{id}/actions/delete_route", 201)
def delete_route(call: Call) -> Json:
    row = call.resource(KIND)
    need_no_change(call.cloud, row)
    wanted = {field: call.body[field] for field in ("destination", "gateway")}
    if wanted not in row.body["routes"]:
        raise not_found("route to", wanted["destination"])
    row.body["routes"].remove(wanted)
    call.cloud.store.save(row)
    return answer(call.cloud.start("delete_route", row))
