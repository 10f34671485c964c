"""A server as the API shows it."""

from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.locks import is_locked
from infra.localcloud.hetzner.resources import (
    firewalls,
    floating_ips,
    images,
    placement_groups,
    primary_ips,
    volumes,
)
from infra.localcloud.hetzner.reverse import name_of, pointers
from infra.localcloud.hetzner.store import Json, Resource


def present(cloud: Cloud, row: Resource) -> Json:
    body, catalog = row.body, cloud.catalog
    server_type = catalog.server_type(body["server_type"])
    prices = {price["location"]: price for price in server_type["prices"]}
    iso = body.get("iso")
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "status": body["status"],
        "locked": is_locked(cloud, row),
        "protection": body["protection"],
        "server_type": server_type,
        "image": images.shown(cloud, row.project, body["image"]),
        "location": catalog.location(body["location"]),
        "datacenter": catalog.datacenter_at(body["location"]),
        "public_net": _public_net(cloud, row),
        "private_net": body["private_net"],
        "load_balancers": _balancers(cloud, row),
        "placement_group": _group(cloud, row),
        "primary_disk_size": body["disk"],
        "included_traffic": prices[body["location"]]["included_traffic"],
        "ingoing_traffic": 0,
        "outgoing_traffic": 0,
        "backup_window": body.get("backup_window"),
        "iso": None if iso is None else catalog.iso(iso),
        "rescue_enabled": body.get("rescue_enabled", False),
        "volumes": [volume.id for volume in volumes.of_server(cloud, row)],
    }


def _public_net(cloud: Cloud, row: Resource) -> Json:
    owned = primary_ips.of_server(cloud, row)
    floating = [entry.id for entry in floating_ips.of_server(cloud, row)]
    net: Json = {"ipv4": None, "ipv6": None, "floating_ips": floating}
    if four := owned.get("ipv4"):
        address = four.body["ip"]
        named = {"ip": address, "dns_ptr": name_of(four, address)}
        net["ipv4"] = {"id": four.id, "blocked": False, **named}
    if six := owned.get("ipv6"):
        ip = f"{six.body['ip']}/64"
        net["ipv6"] = {"id": six.id, "ip": ip, "blocked": False, "dns_ptr": pointers(six)}
    applied = firewalls.applied_to_server(cloud, row)
    net["firewalls"] = [{"id": firewall, "status": "applied"} for firewall in applied]
    return net


def _balancers(cloud: Cloud, row: Resource) -> list[int]:
    target = {"id": row.id}
    return [
        balancer.id
        for balancer in cloud.store.all("load_balancer", row.project)
        if any(entry.get("server") == target for entry in balancer.body["targets"])
    ]


def _group(cloud: Cloud, row: Resource) -> Json | None:
    if row.body["placement_group"] is None:
        return None
    group = cloud.need(placement_groups.KIND, row.body["placement_group"], row.project)
    return placement_groups.present(cloud, group)
