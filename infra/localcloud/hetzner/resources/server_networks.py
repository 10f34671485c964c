"""The private interfaces of servers and load balancers: attach, detach, alias addresses."""

from infra.localcloud.hetzner.addresses import private_address
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError, not_found
from infra.localcloud.hetzner.locks import need_unlocked
from infra.localcloud.hetzner.resources import networks
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.store import Action, Json, Resource


def attach(cloud: Cloud, row: Resource, asked: Json) -> Action:
    """Attach a server to `asked["network"]`, with `ip`, `ip_range` and `alias_ips` if given.

    Raises not_found, `server_already_attached`, `no_subnet_available`, `ip_not_available`.
    """
    network = cloud.need(networks.KIND, asked["network"], row.project)
    if any(entry["network"] == network.id for entry in row.body["private_net"]):
        raise ApiError("server_already_attached", f"server {row.id} is already attached")
    zone = cloud.catalog.location(row.body["location"])["network_zone"]
    address = private_address(
        cloud.store, network, zone, wanted=asked.get("ip"), ip_range=asked.get("ip_range")
    )
    number = len(row.body["private_net"])
    interface = {
        "network": network.id,
        "ip": address,
        "alias_ips": asked.get("alias_ips", []),
        # A locally administered address (IEEE 802c), stable for the server and its interface.
        "mac_address": f"86:00:00:{row.id >> 8 & 0xFF:02x}:{row.id & 0xFF:02x}:{number:02x}",
    }
    row.body["private_net"].append(interface)
    cloud.store.save(row)
    return cloud.start("attach_to_network", row, network)


@route("POST", "/servers/{id}/actions/attach_to_network", 201)
def attach_server(call: Call) -> Json:
    row = call.resource("server")
    need_unlocked(call.cloud, row)
    return answer(attach(call.cloud, row, call.body))


@route("POST", "/servers/{id}/actions/detach_from_network", 201)
def detach_server(call: Call) -> Json:
    row = call.resource("server")
    network = call.cloud.need(networks.KIND, call.body["network"], call.project)
    _interface(row, network.id)
    networks.detach(call.cloud, row, network.id)
    return answer(call.cloud.start("detach_from_network", row, network))


@route("POST", "/servers/{id}/actions/change_alias_ips", 201)
def change_alias_ips(call: Call) -> Json:
    row = call.resource("server")
    network = call.cloud.need(networks.KIND, call.body["network"], call.project)
    _interface(row, network.id)["alias_ips"] = call.body["alias_ips"]
    call.cloud.store.save(row)
    return answer(call.cloud.start("change_alias_ips", row, network))


def _interface(row: Resource, network: int) -> Json:
    for entry in row.body["private_net"]:
        if entry["network"] == network:
            found: Json = entry
            return found
    raise not_found("network attachment", network)
