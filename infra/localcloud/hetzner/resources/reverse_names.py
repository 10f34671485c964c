"""`change_dns_ptr` of everything that has public addresses."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from infra.localcloud.hetzner.addresses import public_ipv6
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import invalid
from infra.localcloud.hetzner.resources import primary_ips
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.reverse import set_name
from infra.localcloud.hetzner.store import Json, Resource

# The addresses of a resource: range in CIDR notation → the row that keeps their names.
Owners = Callable[[Cloud, Resource], dict[str, Resource]]


def _own(cloud: Cloud, row: Resource) -> dict[str, Resource]:
    return {row.body["ip"] if row.body["type"] == "ipv4" else f"{row.body['ip']}/64": row}


def _of_server(cloud: Cloud, row: Resource) -> dict[str, Resource]:
    owned = primary_ips.of_server(cloud, row).values()
    return {network: owner for entry in owned for network, owner in _own(cloud, entry).items()}


def _of_balancer(cloud: Cloud, row: Resource) -> dict[str, Resource]:
    return {row.body["address"]: row, f"{public_ipv6(row.id)}1": row}


def _complete(body: Json) -> Json:
    """null, which brings the default name back, has been taken for "not given" before."""
    return {"dns_ptr": "", **body}


def _register(plural: str, kind: str, owners: Owners) -> None:
    @route("POST", f"/{plural}/{{id}}/actions/change_dns_ptr", 201, complete=_complete)
    def change_dns_ptr(call: Call) -> Json:
        row = call.resource(kind)
        try:
            address = ip_address(call.body["ip"])
        except ValueError as error:
            raise invalid("ip", f"'{call.body['ip']}' is not an IP address") from error
        for network, owner in owners(call.cloud, row).items():
            if address in ip_network(network):
                set_name(owner, str(address), call.body["dns_ptr"])
                call.cloud.store.save(owner)
                return answer(call.cloud.start("change_dns_ptr", row))
        raise invalid("ip", f"{address} does not belong to {kind} {row.id}")


_register("floating_ips", "floating_ip", _own)
_register("load_balancers", "load_balancer", _of_balancer)
_register("primary_ips", primary_ips.KIND, _own)
_register("servers", "server", _of_server)
