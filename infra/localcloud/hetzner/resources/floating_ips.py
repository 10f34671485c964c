"""Floating IPs: addresses that move between servers. They are given out and shown; nothing listens
on them, because a machine here binds its own address only."""

import secrets

from infra.localcloud.hetzner.addresses import MACHINES, public_address, public_ipv6
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud, forbid_protected
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.resources import readable
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.references import as_text
from infra.localcloud.hetzner.resources.update import (
    change_protection,
    checked_labels,
    checked_name,
)
from infra.localcloud.hetzner.reverse import pointers
from infra.localcloud.hetzner.store import Json, Resource

KIND = "floating_ip"


def present(cloud: Cloud, row: Resource) -> Json:
    body = row.body
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "description": body["description"],
        "type": body["type"],
        "ip": f"{body['ip']}/64" if body["type"] == "ipv6" else body["ip"],
        "dns_ptr": pointers(row),
        "blocked": False,
        "home_location": cloud.catalog.location(body["location"]),
        "server": body["server"],
        "protection": body["protection"],
    }


def of_server(cloud: Cloud, server: Resource) -> list[Resource]:
    rows = cloud.store.all(KIND, server.project)
    return [row for row in rows if row.body["server"] == server.id]


def forget_server(cloud: Cloud, server: Resource) -> None:
    """What was assigned to a deleted server stays, unassigned."""
    for row in of_server(cloud, server):
        row.body["server"] = None
        cloud.store.save(row)


def _change(call: Call, row: Resource) -> None:
    row.body["description"] = call.body.get("description", row.body["description"])


readable.register("floating_ips", KIND, present, _change)


@route("POST", "/floating_ips", 201, complete=as_text("home_location"))
def create(call: Call) -> Json:
    cloud, asked = call.cloud, call.body
    server = None
    if "server" in asked:
        server = cloud.need("server", asked["server"], call.project)
        location = server.body["location"]
    elif "home_location" in asked:
        location = cloud.catalog.location(asked["home_location"], "home_location")["name"]
    else:
        raise invalid("home_location", "a home location or a server is required")
    four = asked["type"] == "ipv4"
    row = cloud.store.add(
        kind=KIND,
        project=call.project,
        name=checked_name(asked.get("name", f"floating-ip-{secrets.token_hex(4)}")),
        labels=checked_labels(call),
        body={
            "description": asked.get("description"),
            "type": asked["type"],
            "ip": public_address(cloud.store, cloud.range, MACHINES) if four else "",
            "location": location,
            "server": None if server is None else server.id,
            "protection": {"delete": False},
        },
    )
    if not four:
        row.body["ip"] = public_ipv6(row.id)
        cloud.store.save(row)
    if server is None:
        return {KIND: present(cloud, row)}
    action = cloud.start("assign_floating_ip", row, server)
    return {KIND: present(cloud, row), "action": present_action(action)}


@route("DELETE", "/floating_ips/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    forbid_protected(row)
    if row.body["server"] is not None:
        raise ApiError("must_be_unassigned", f"floating IP {row.id} is still assigned")
    call.cloud.store.remove(row)


@route("POST", "/floating_ips/{id}/actions/assign", 201)
def assign(call: Call) -> Json:
    row = call.resource(KIND)
    server = call.cloud.need("server", call.body["server"], call.project)
    if row.body["server"] is not None:
        raise ApiError("floating_ip_assigned", f"floating IP {row.id} is already assigned")
    row.body["server"] = server.id
    call.cloud.store.save(row)
    return answer(call.cloud.start("assign_floating_ip", row, server))


@route("POST", "/floating_ips/{id}/actions/unassign", 201)
def unassign(call: Call) -> Json:
    row = call.resource(KIND)
    if row.body["server"] is None:
        return answer(call.cloud.start("unassign_floating_ip", row, seconds=0.0))
    server = call.cloud.need("server", row.body["server"], call.project)
    row.body["server"] = None
    call.cloud.store.save(row)
    return answer(call.cloud.start("unassign_floating_ip", row, server))


@route("POST", "/floating_ips/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    return change_protection(call, KIND, "delete")
