"""Private networks, their subnets and what is attached to them.

Nothing is routed: a private address names a machine, and the load balancers map it to the machine.
"""

from ipaddress import IPv4Network

from infra.localcloud.hetzner.addresses import gateway, private_in_use
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud, forbid_protected
from infra.localcloud.hetzner.errors import ApiError, invalid, not_found
from infra.localcloud.hetzner.locks import need_no_change
from infra.localcloud.hetzner.resources import network_routes, readable
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.update import (
    change_protection,
    checked_labels,
    checked_name,
)
from infra.localcloud.hetzner.store import Json, Resource

KIND = "network"
_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def attached(cloud: Cloud, row: Resource, kind: str) -> list[Resource]:
    return [
        other
        for other in cloud.store.all(kind, row.project)
        if any(private["network"] == row.id for private in other.body["private_net"])
    ]


def present(cloud: Cloud, row: Resource) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "ip_range": row.body["ip_range"],
        "subnets": [{**subnet, "gateway": gateway(row)} for subnet in row.body["subnets"]],
        "routes": row.body["routes"],
        "servers": [server.id for server in attached(cloud, row, "server")],
        "load_balancers": [entry.id for entry in attached(cloud, row, "load_balancer")],
        "protection": row.body["protection"],
        "labels": row.labels,
        "created": row.created,
        "expose_routes_to_vswitch": row.body["expose_routes_to_vswitch"],
    }


def _range(text: str, field: str) -> IPv4Network:
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise invalid(field, f"'{text}' is not an IPv4 range in CIDR notation") from error
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise invalid(field, f"{network} is not a private range (RFC 1918)")
    return network


def _subnet(call: Call, row: Resource, asked: Json) -> Json:
    """A new subnet entry: the asked range or the first free /24. Raises invalid_input, overlap."""
    zones = {place["network_zone"] for place in call.cloud.catalog.locations}
    if asked["network_zone"] not in zones:
        raise invalid("network_zone", f"'{asked['network_zone']}' is not a network zone")
    if asked["type"] == "vswitch":
        raise invalid("type", "the local cloud has no vSwitch")
    whole = IPv4Network(row.body["ip_range"])
    others = [IPv4Network(subnet["ip_range"]) for subnet in row.body["subnets"]]
    if "ip_range" not in asked:
        chosen = _first_free(whole, others)
    else:
        chosen = _range(asked["ip_range"], "ip_range")
    if not chosen.subnet_of(whole):
        raise invalid("ip_range", f"{chosen} is not inside {whole}")
    if any(chosen.overlaps(other) for other in others):
        raise invalid("ip_range", f"{chosen} overlaps with another subnet of the network")
    return {
        "type": asked["type"],
        "network_zone": asked["network_zone"],
        "ip_range": str(chosen),
        "vswitch_id": None,
    }


def _first_free(whole: IPv4Network, others: list[IPv4Network]) -> IPv4Network:
    candidates = whole.subnets(new_prefix=max(24, whole.prefixlen))
    for candidate in candidates:
        if not any(candidate.overlaps(other) for other in others):
            return candidate
    raise ApiError("no_subnet_available", "no free /24 is left in the network")


@route("POST", "/networks", 201)
def create(call: Call) -> Json:
    row = call.cloud.store.add(
        kind=KIND,
        project=call.project,
        name=checked_name(call.body["name"]),
        labels=checked_labels(call),
        body={
            "ip_range": str(_range(call.body["ip_range"], "ip_range")),
            "subnets": [],
            "routes": [],
            "protection": {"delete": False},
            "expose_routes_to_vswitch": call.body.get("expose_routes_to_vswitch", False),
        },
    )
    for asked in call.body.get("subnets", []):
        row.body["subnets"].append(_subnet(call, row, asked))
    for asked in call.body.get("routes", []):
        network_routes.add(row, asked)
    call.cloud.store.save(row)
    return {KIND: present(call.cloud, row)}


def _change(call: Call, row: Resource) -> None:
    exposed = call.body.get("expose_routes_to_vswitch", row.body["expose_routes_to_vswitch"])
    row.body["expose_routes_to_vswitch"] = exposed


readable.register("networks", KIND, present, _change)


@route("DELETE", "/networks/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    forbid_protected(row)
    for kind in ("server", "load_balancer"):
        for other in attached(call.cloud, row, kind):
            detach(call.cloud, other, row.id)
    call.cloud.store.remove(row)


def detach(cloud: Cloud, other: Resource, network: int) -> None:
    """Take a server or load balancer out of a network, with the targets that used it."""
    kept = [entry for entry in other.body["private_net"] if entry["network"] != network]
    other.body["private_net"] = kept
    if other.kind == "load_balancer":
        targets = other.body["targets"]
        other.body["targets"] = [entry for entry in targets if not entry.get("use_private_ip")]
    cloud.store.save(other)


@route("POST", "/networks/{id}/actions/add_subnet", 201)
def add_subnet(call: Call) -> Json:
    row = call.resource(KIND)
    need_no_change(call.cloud, row)
    row.body["subnets"].append(_subnet(call, row, call.body))
    call.cloud.store.save(row)
    return answer(call.cloud.start("add_subnet", row))


@route("POST", "/networks/{id}/actions/delete_subnet", 201)
def delete_subnet(call: Call) -> Json:
    row = call.resource(KIND)
    need_no_change(call.cloud, row)
    wanted = call.body["ip_range"]
    kept = [subnet for subnet in row.body["subnets"] if subnet["ip_range"] != wanted]
    if len(kept) == len(row.body["subnets"]):
        raise not_found("subnet", wanted)
    used = private_in_use(call.cloud.store, row)
    network = IPv4Network(wanted)
    if any(IPv4Network(address).subnet_of(network) for address in used):
        # The provider looks for these words before it tries again.
        raise ApiError("service_error", "cannot remove subnet because servers are attached to it")
    row.body["subnets"] = kept
    call.cloud.store.save(row)
    return answer(call.cloud.start("delete_subnet", row))


@route("POST", "/networks/{id}/actions/change_ip_range", 201)
def change_ip_range(call: Call) -> Json:
    row = call.resource(KIND)
    need_no_change(call.cloud, row)
    wider = _range(call.body["ip_range"], "ip_range")
    present_range = IPv4Network(row.body["ip_range"])
    same_start = wider.network_address == present_range.network_address
    if not same_start or not present_range.subnet_of(wider):
        raise invalid("ip_range", "a range can only be extended at its end")
    row.body["ip_range"] = str(wider)
    call.cloud.store.save(row)
    return answer(call.cloud.start("change_ip_range", row))


@route("POST", "/networks/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    return change_protection(call, KIND, "delete")
