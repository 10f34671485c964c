"""Servers as the API shows, makes and deletes them; their switches are in `server_actions`.

A server's `address` is where its machine listens: its public IPv4, or, without one, an address of
the range that the API does not show.
"""

import re

from infra.localcloud.hetzner.addresses import MACHINES, public_address
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud, forbid_protected
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.locks import need_unlocked
from infra.localcloud.hetzner.resources import (
    firewalls,
    floating_ips,
    images,
    placement_groups,
    primary_ips,
    readable,
    volumes,
)
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.references import as_text
from infra.localcloud.hetzner.resources.server_disks import new_password
from infra.localcloud.hetzner.resources.server_networks import attach
from infra.localcloud.hetzner.resources.server_shape import present
from infra.localcloud.hetzner.resources.update import checked_labels
from infra.localcloud.hetzner.resources.user_data import checked_user_data
from infra.localcloud.hetzner.stock import need_in_stock, offered
from infra.localcloud.hetzner.store import Action, Json, Resource

KIND = "server"
# RFC 1123 host name: letters, digits, periods and dashes, no label longer than 63.
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOSTNAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def checked_hostname(name: str) -> str:
    """Raises invalid_input unless the name is a host name by RFC 1123."""
    if len(name) > 253 or not _HOSTNAME.fullmatch(name):
        raise invalid("name", "must be a valid host name (RFC 1123)")
    return name


def _location(call: Call, server_type: Json) -> str:
    """Where the server goes. Raises invalid_input when the type is not sold there, and
    resource_unavailable when it is sold out there."""
    place = call.body.get("location") or str(call.body.get("datacenter", "")).split("-")[0]
    if not place:
        for entry in server_type["locations"]:
            if offered(call, server_type, entry["name"]):
                return str(entry["name"])
        raise invalid("server_type", f"server type {server_type['name']} is not available anywhere")
    name = str(call.cloud.catalog.location(place)["name"])
    need_in_stock(call, server_type, name)
    return name


_REFERENCES = as_text("image", "server_type", "location", "datacenter", "ssh_keys")


@route("POST", "/servers", 201, complete=_REFERENCES)
def create(call: Call) -> Json:
    cloud, asked = call.cloud, call.body
    user_data = checked_user_data(call)
    server_type = cloud.catalog.server_type(asked["server_type"])
    location = _location(call, server_type)
    image = images.chosen(call, asked["image"], server_type["architecture"])
    if image["disk_size"] > server_type["disk"]:
        raise invalid("image", f"the image does not fit on a {server_type['name']}")
    has_keys = _need_ssh_keys(call)
    group = _asked_group(call)
    row = cloud.store.add(
        kind=KIND,
        project=call.project,
        name=checked_hostname(asked["name"]),
        labels=checked_labels(call),
        body={
            "status": "initializing",
            "boots": 0,
            "generation": 0,
            "has_keys": has_keys,
            "start_after_create": asked.get("start_after_create", True),
            "server_type": server_type["name"],
            "disk": server_type["disk"],
            "image": image["id"],
            "location": location,
            "address": public_address(cloud.store, cloud.range, MACHINES),
            "private_net": [],
            "placement_group": group,
            "protection": {"delete": False, "rebuild": False},
        },
    )
    _public_interfaces(call, row)
    _firewalls(call, row)
    created = cloud.start("create_server", row)
    networks = asked.get("networks", [])
    next_actions = [attach(cloud, row, {"network": network}) for network in networks]
    next_actions += _volumes(call, row)
    if row.body["start_after_create"]:
        next_actions.append(cloud.start("start_server", row, after=cloud.action_seconds))
    cloud.store.save(row)
    cloud.keep_user_data(row.id, user_data)
    return {
        KIND: present(cloud, row),
        "action": present_action(created),
        "next_actions": [present_action(action) for action in next_actions],
        "root_password": None if has_keys else new_password(),
    }


def _need_ssh_keys(call: Call) -> bool:
    known = {
        reference
        for key in call.cloud.store.all("ssh_key", call.project)
        for reference in (key.name, str(key.id), key.body["fingerprint"])
    }
    asked = [str(reference) for reference in call.body.get("ssh_keys", [])]
    for reference in asked:
        if reference not in known:
            raise invalid("ssh_keys", f"SSH key '{reference}' does not exist")
    return bool(asked)


def _asked_group(call: Call) -> int | None:
    identifier: int | None = call.body.get("placement_group")
    if identifier is not None:
        group = call.cloud.need(placement_groups.KIND, identifier, call.project)
        placement_groups.need_room(call.cloud, group)
    return identifier


def _public_interfaces(call: Call, row: Resource) -> None:
    """Give the server the primary IPs it asked for, existing or new ones."""
    asked = call.body.get("public_net", {})
    for kind in ("ipv4", "ipv6"):
        chosen = asked.get(kind)
        if chosen is not None:
            _use_primary_ip(call, row, chosen, kind)
        elif asked.get(f"enable_{kind}", True):
            address = row.body["address"] if kind == "ipv4" else None
            name = f"primary_{kind}-{row.id}"
            primary_ips.make(
                call.cloud, project=call.project, name=name, kind=kind, labels={},
                location=row.body["location"], auto_delete=True, assignee=row.id, address=address,
            )  # fmt: skip
    reachable = primary_ips.of_server(call.cloud, row) or call.body.get("networks")
    if row.body["start_after_create"] and not reachable:
        raise invalid("public_net", "a server without any network cannot be started")


def _use_primary_ip(call: Call, row: Resource, identifier: int, kind: str) -> None:
    chosen = call.cloud.need(primary_ips.KIND, identifier, call.project)
    if chosen.body["type"] != kind:
        raise ApiError("primary_ip_version_mismatch", f"primary IP {identifier} is not {kind}")
    if chosen.body["assignee_id"] is not None:
        raise ApiError("primary_ip_assigned", f"primary IP {identifier} is already assigned")
    if chosen.body["location"] != row.body["location"]:
        raise ApiError("primary_ip_datacenter_mismatch", "the primary IP is in another location")
    chosen.body["assignee_id"] = row.id
    call.cloud.store.save(chosen)
    if kind == "ipv4":
        row.body["address"] = chosen.body["ip"]


def _firewalls(call: Call, row: Resource) -> None:
    for entry in call.body.get("firewalls", []):
        firewall = call.cloud.need(firewalls.KIND, entry["firewall"], call.project)
        firewalls.apply_to_server(call.cloud, firewall, row)
        call.cloud.start("apply_firewall", firewall, row)


def _volumes(call: Call, row: Resource) -> list[Action]:
    started = []
    for identifier in call.body.get("volumes", []):
        volume = call.cloud.need(volumes.KIND, identifier, call.project)
        volumes.attach(call.cloud, volume, row)
        # It is attached once the server is made.
        later = call.cloud.action_seconds
        started.append(call.cloud.start("attach_volume", volume, row, after=later))
    return started


def _change(call: Call, row: Resource) -> None:
    checked_hostname(row.name)


readable.register("servers", KIND, present, _change)


@route("DELETE", "/servers/{id}")
def delete(call: Call) -> Json:
    row = call.resource(KIND)
    forbid_protected(row)
    need_unlocked(call.cloud, row)
    remove(call.cloud, row)
    return answer(call.cloud.start("delete_server", row))


def remove(cloud: Cloud, row: Resource) -> None:
    """Take a server away, and out of everything that names it."""
    primary_ips.release(cloud, row)
    firewalls.forget_server(cloud, row)
    floating_ips.forget_server(cloud, row)
    volumes.forget_server(cloud, row)
    for backup in images.of_server(cloud, row):
        cloud.store.remove(backup)
    gone = {"id": row.id}
    for balancer in cloud.store.all("load_balancer", row.project):
        targets = balancer.body["targets"]
        balancer.body["targets"] = [entry for entry in targets if entry.get("server") != gone]
        cloud.store.save(balancer)
    cloud.store.remove(row)
