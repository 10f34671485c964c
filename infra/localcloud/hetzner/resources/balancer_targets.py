"""Targets of load balancers: servers by id or by labels. IP targets are the vendor's dedicated
servers, of which the local cloud has none."""

from ipaddress import ip_address

from infra.localcloud.hetzner.addresses import public_in_use
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError, invalid, not_found
from infra.localcloud.hetzner.labels import parse_selector
from infra.localcloud.hetzner.resources import primary_ips
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.store import Json, Resource

KIND = "load_balancer"


def present(cloud: Cloud, row: Resource, entry: Json) -> Json:
    if entry["type"] == "server":
        return _with_health(cloud, row, entry)
    selected = [
        {"type": "server", "server": {"id": server.id}, "use_private_ip": entry["use_private_ip"]}
        for server in servers_of(cloud, row, entry)
    ]
    return {**entry, "targets": [_with_health(cloud, row, target) for target in selected]}


def servers_of(cloud: Cloud, row: Resource, entry: Json) -> list[Resource]:
    """The servers a target stands for."""
    if entry["type"] == "server":
        found = cloud.store.find("server", entry["server"]["id"], row.project)
        return [found] if found else []
    selected = parse_selector(entry["label_selector"]["selector"])
    return [server for server in cloud.store.all("server", row.project) if selected(server.labels)]


def _with_health(cloud: Cloud, row: Resource, target: Json) -> Json:
    server = cloud.store.find("server", target["server"]["id"], row.project)
    address = server.body["address"] if server else ""
    ports = [service["listen_port"] for service in row.body["services"]]
    health = [
        {"listen_port": port, "status": cloud.health_of(row.id, address, port)} for port in ports
    ]
    return {**target, "health_status": health}


def add(cloud: Cloud, row: Resource, asked: Json) -> None:
    """Raises the vendor's errors for targets, see the `add_target` operation of its document."""
    private = asked.get("use_private_ip", False)
    if private and not row.body["private_net"]:
        raise ApiError("load_balancer_not_attached_to_network", "load balancer is not attached")
    entry = _entry(cloud, row, asked, private)
    if any(_same(entry, other) for other in row.body["targets"]):
        raise ApiError("target_already_defined", "the target is already defined")
    limit = cloud.catalog.load_balancer_type(row.body["load_balancer_type"])["max_targets"]
    if len(row.body["targets"]) >= limit:
        raise ApiError("resource_limit_exceeded", f"at most {limit} targets are possible")
    row.body["targets"].append(entry)
    cloud.store.save(row)


def _entry(cloud: Cloud, row: Resource, asked: Json, private: bool) -> Json:
    if asked["type"] == "ip":
        raise _refused_ip(cloud, str(asked.get("ip", {}).get("ip", "")))
    if asked["type"] == "label_selector":
        selector = asked.get("label_selector", {}).get("selector", "")
        if not selector:
            raise invalid("label_selector", "is required for the type label_selector")
        parse_selector(selector)
        kept = {"selector": selector}
        return {"type": "label_selector", "label_selector": kept, "use_private_ip": private}
    identifier = asked.get("server", {}).get("id")
    if identifier is None:
        raise invalid("server", "is required for the type server")
    _need_reachable(cloud, row, cloud.need("server", identifier, row.project), private)
    return {"type": "server", "server": {"id": identifier}, "use_private_ip": private}


def _refused_ip(cloud: Cloud, text: str) -> ApiError:
    """Why no IP can be a target: it is a server's, or no dedicated server's of the customer."""
    try:
        address = str(ip_address(text))
    except ValueError:
        return invalid("ip", f"'{text}' is not an IP address")
    if address in public_in_use(cloud.store):
        return ApiError("cloud_resource_ip_not_allowed", "the IP belongs to a cloud resource")
    return ApiError("ip_not_owned", "the IP is not owned by the owner of the project")


def _need_reachable(cloud: Cloud, row: Resource, server: Resource, private: bool) -> None:
    if not private:
        if not row.body["public_interface"]:
            code = "load_balancer_public_interface_disabled"
            raise ApiError(code, "the public interface of the load balancer is disabled")
        if "ipv4" not in primary_ips.of_server(cloud, server):
            raise ApiError("missing_ipv4", f"server {server.id} has no public IPv4 address")
        return
    joined = {entry["network"] for entry in row.body["private_net"]}
    if not any(entry["network"] in joined for entry in server.body["private_net"]):
        message = f"server {server.id} is not attached to the network of the load balancer"
        raise ApiError("server_not_attached_to_network", message)


def _same(one: Json, other: Json) -> bool:
    kinds = ("type", "server", "label_selector")
    return all(one.get(kind) == other.get(kind) for kind in kinds)


@route("POST", "/load_balancers/{id}/actions/add_target", 201)
def add_target(call: Call) -> Json:
    row = call.resource(KIND)
    add(call.cloud, row, call.body)
    return answer(call.cloud.start("add_target", row))


@route("POST", "/load_balancers/{id}/actions/remove_target", 201)
def remove_target(call: Call) -> Json:
    row = call.resource(KIND)
    for entry in row.body["targets"]:
        if _same(entry, {key: value for key, value in call.body.items() if value is not None}):
            row.body["targets"].remove(entry)
            call.cloud.store.save(row)
            return answer(call.cloud.start("remove_target", row))
    raise not_found("target of load balancer", row.id)
