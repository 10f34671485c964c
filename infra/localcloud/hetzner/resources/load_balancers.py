"""Load balancers as the API shows, makes and deletes them, and their networks.

Services and targets are in the two modules beside this one; forwarding is the balancers' room.
"""

from infra.localcloud.hetzner.addresses import (
    LOAD_BALANCERS,
    private_address,
    public_address,
    public_ipv6,
)
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud, forbid_protected
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.resources import (
    balancer_services,
    balancer_targets,
    networks,
    readable,
)
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.references import as_text
from infra.localcloud.hetzner.resources.update import (
    change_protection,
    checked_labels,
    checked_name,
)
from infra.localcloud.hetzner.reverse import name_of
from infra.localcloud.hetzner.store import Json, Resource

KIND = "load_balancer"


def present(cloud: Cloud, row: Resource) -> Json:
    body = row.body
    offer = cloud.catalog.load_balancer_type(body["load_balancer_type"])
    six = f"{public_ipv6(row.id)}1"
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "location": cloud.catalog.location(body["location"]),
        "load_balancer_type": offer,
        "algorithm": {"type": body["algorithm"]},
        "public_net": {
            "enabled": body["public_interface"],
            "ipv4": {"ip": body["address"], "dns_ptr": name_of(row, body["address"])},
            "ipv6": {"ip": six, "dns_ptr": name_of(row, six)},
        },
        "private_net": body["private_net"],
        "services": body["services"],
        "targets": [balancer_targets.present(cloud, row, entry) for entry in body["targets"]],
        "protection": body["protection"],
        "included_traffic": offer["prices"][0]["included_traffic"],
        "ingoing_traffic": 0,
        "outgoing_traffic": 0,
    }


def _complete(asked: Json) -> Json:
    body = as_text("load_balancer_type", "location")(asked)
    if isinstance(body.get("services"), list):
        body["services"] = [balancer_services.complete(entry) for entry in body["services"]]
    return body


def _location(call: Call) -> str:
    if place := call.body.get("location"):
        return str(call.cloud.catalog.location(place)["name"])
    for entry in call.cloud.catalog.locations:
        if entry["network_zone"] == call.body.get("network_zone"):
            return str(entry["name"])
    raise invalid("location", "a location or a network zone is required")


@route("POST", "/load_balancers", 201, complete=_complete)
def create(call: Call) -> Json:
    cloud, asked = call.cloud, call.body
    offer = cloud.catalog.load_balancer_type(asked["load_balancer_type"])
    row = cloud.store.add(
        kind=KIND,
        project=call.project,
        name=checked_name(asked["name"]),
        labels=checked_labels(call),
        body={
            "load_balancer_type": offer["name"],
            "location": _location(call),
            "algorithm": asked.get("algorithm", {}).get("type", "round_robin"),
            "address": public_address(cloud.store, cloud.range, LOAD_BALANCERS),
            "public_interface": asked.get("public_interface", True),
            "private_net": [],
            "services": [],
            "targets": [],
            "protection": {"delete": False},
        },
    )
    if asked.get("network") is not None:
        _attach(cloud, row, {"network": asked["network"]})
    for service in asked.get("services", []):
        balancer_services.add(cloud, row, service)
    for target in asked.get("targets", []):
        balancer_targets.add(cloud, row, target)
    cloud.store.save(row)
    action = cloud.start("create_load_balancer", row)
    return {KIND: present(cloud, row), "action": present_action(action)}


readable.register("load_balancers", KIND, present)


@route("DELETE", "/load_balancers/{id}")
def delete(call: Call) -> Json:
    row = call.resource(KIND)
    forbid_protected(row)
    call.cloud.store.remove(row)
    return answer(call.cloud.start("delete_load_balancer", row))


def _attach(cloud: Cloud, row: Resource, asked: Json) -> Resource:
    network = cloud.need(networks.KIND, asked["network"], row.project)
    if row.body["private_net"]:
        raise ApiError("load_balancer_already_attached", "load balancer is already attached")
    zone = cloud.catalog.location(row.body["location"])["network_zone"]
    address = private_address(
        cloud.store, network, zone, wanted=asked.get("ip"), ip_range=asked.get("ip_range")
    )
    row.body["private_net"].append({"network": network.id, "ip": address})
    cloud.store.save(row)
    return network


@route("POST", "/load_balancers/{id}/actions/attach_to_network", 201)
def attach_to_network(call: Call) -> Json:
    row = call.resource(KIND)
    network = _attach(call.cloud, row, call.body)
    return answer(call.cloud.start("attach_to_network", row, network))


@route("POST", "/load_balancers/{id}/actions/detach_from_network", 201)
def detach_from_network(call: Call) -> Json:
    row = call.resource(KIND)
    network = call.cloud.need(networks.KIND, call.body["network"], call.project)
    if not any(entry["network"] == network.id for entry in row.body["private_net"]):
        raise ApiError("load_balancer_not_attached_to_network", "load balancer is not attached")
    networks.detach(call.cloud, row, network.id)
    return answer(call.cloud.start("detach_from_network", row, network))


@route("POST", "/load_balancers/{id}/actions/change_algorithm", 201)
def change_algorithm(call: Call) -> Json:
    row = call.resource(KIND)
    row.body["algorithm"] = call.body["type"]
    call.cloud.store.save(row)
    return answer(call.cloud.start("change_algorithm", row))


@route(
    "POST", "/load_balancers/{id}/actions/change_type", 201, complete=as_text("load_balancer_type")
)
def change_type(call: Call) -> Json:
    row = call.resource(KIND)
    offer = call.cloud.catalog.load_balancer_type(call.body["load_balancer_type"])
    too_small = len(row.body["services"]) > offer["max_services"]
    if too_small or len(row.body["targets"]) > offer["max_targets"]:
        raise ApiError("invalid_load_balancer_type", f"{offer['name']} is too small")
    row.body["load_balancer_type"] = offer["name"]
    call.cloud.store.save(row)
    return answer(call.cloud.start("change_load_balancer_type", row))


@route("POST", "/load_balancers/{id}/actions/enable_public_interface", 201)
def enable_public_interface(call: Call) -> Json:
    return _public_interface(call, "enable_public_interface", enabled=True)


@route("POST", "/load_balancers/{id}/actions/disable_public_interface", 201)
def disable_public_interface(call: Call) -> Json:
    row = call.resource(KIND)
    if not row.body["private_net"]:
        raise ApiError("load_balancer_not_attached_to_network", "load balancer is not attached")
    if any(not entry.get("use_private_ip") for entry in row.body["targets"]):
        raise ApiError("targets_without_use_private_ip", "some targets use the public IP")
    return _public_interface(call, "disable_public_interface", enabled=False)


def _public_interface(call: Call, command: str, *, enabled: bool) -> Json:
    row = call.resource(KIND)
    row.body["public_interface"] = enabled
    call.cloud.store.save(row)
    return answer(call.cloud.start(command, row))


@route("POST", "/load_balancers/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    return change_protection(call, KIND, "delete")
