"""Primary IPs: the public addresses of servers, made with them or before them."""

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

KIND = "primary_ip"


def present(cloud: Cloud, row: Resource) -> Json:
    body = row.body
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "type": body["type"],
        "ip": f"{body['ip']}/64" if body["type"] == "ipv6" else body["ip"],
        "dns_ptr": pointers(row),
        "blocked": False,
        "protection": body["protection"],
        "auto_delete": body["auto_delete"],
        "assignee_type": "server",
        "assignee_id": body["assignee_id"],
        "location": cloud.catalog.location(body["location"]),
        "datacenter": cloud.catalog.datacenter_at(body["location"]),
    }


def make(
    cloud: Cloud, *, project: int, name: str, kind: str, location: str, auto_delete: bool,
    labels: dict[str, str], assignee: int | None = None, address: str | None = None,
) -> Resource:  # fmt: skip
    """A new primary IP of type `ipv4` or `ipv6`. Raises resource_unavailable."""
    if kind == "ipv4" and address is None:
        address = public_address(cloud.store, cloud.range, MACHINES)
    body = {
        "type": kind,
        "ip": address or "",
        "location": location,
        "auto_delete": auto_delete,
        "assignee_id": assignee,
        "protection": {"delete": False},
    }
    row = cloud.store.add(kind=KIND, project=project, name=name, labels=labels, body=body)
    if kind == "ipv6":
        row.body["ip"] = public_ipv6(row.id)
        cloud.store.save(row)
    return row


def of_server(cloud: Cloud, server: Resource) -> dict[str, Resource]:
    """The server's primary IPs by type."""
    rows = cloud.store.all(KIND, server.project)
    return {row.body["type"]: row for row in rows if row.body["assignee_id"] == server.id}


def release(cloud: Cloud, server: Resource) -> None:
    """What happens to a server's primary IPs when it is deleted."""
    for row in of_server(cloud, server).values():
        if row.body["auto_delete"]:
            cloud.store.remove(row)
        else:
            row.body["assignee_id"] = None
            cloud.store.save(row)


def _change(call: Call, row: Resource) -> None:
    row.body["auto_delete"] = call.body.get("auto_delete", row.body["auto_delete"])


readable.register("primary_ips", KIND, present, _change)


def _complete(body: Json) -> Json:
    return {"assignee_type": "server", **as_text("location", "datacenter")(body)}


@route("POST", "/primary_ips", 201, complete=_complete)
def create(call: Call) -> Json:
    server = None
    if call.body.get("assignee_id") is not None:
        server = call.cloud.need("server", call.body["assignee_id"], call.project)
        _need_stopped(server)
        _need_free(call, server, call.body["type"])
        location = server.body["location"]
    elif place := call.body.get("location") or call.body.get("datacenter"):
        location = call.cloud.catalog.location(str(place).split("-")[0])["name"]
    else:
        raise invalid("location", "is required without an assignee")
    row = make(
        call.cloud,
        project=call.project,
        name=checked_name(call.body["name"]),
        kind=call.body["type"],
        location=location,
        auto_delete=call.body.get("auto_delete", False),
        labels=checked_labels(call),
    )
    action = call.cloud.start("create_primary_ip", row)
    if server is not None:
        _assign(call.cloud, row, server)
    return {KIND: present(call.cloud, row), "action": present_action(action)}


def _need_stopped(server: Resource) -> None:
    if server.body["status"] != "off":
        raise ApiError("server_not_stopped", f"server {server.id} must be powered off")


def _need_free(call: Call, server: Resource, kind: str) -> None:
    if kind in of_server(call.cloud, server):
        raise ApiError(f"server_has_{kind}", f"server {server.id} already has an {kind} address")


def _assign(cloud: Cloud, row: Resource, server: Resource) -> None:
    row.body["assignee_id"] = server.id
    cloud.store.save(row)
    if row.body["type"] == "ipv4":
        server.body["address"] = row.body["ip"]
        cloud.store.save(server)


@route("DELETE", "/primary_ips/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    forbid_protected(row)
    if row.body["assignee_id"] is not None:
        raise ApiError("must_be_unassigned", f"primary IP {row.id} is still assigned")
    call.cloud.store.remove(row)


@route("POST", "/primary_ips/{id}/actions/assign", 201)
def assign(call: Call) -> Json:
    row = call.resource(KIND)
    server = call.cloud.need("server", call.body["assignee_id"], call.project)
    if row.body["assignee_id"] is not None:
        raise ApiError("primary_ip_already_assigned", f"primary IP {row.id} is already assigned")
    _need_stopped(server)
    _need_free(call, server, row.body["type"])
    if server.body["location"] != row.body["location"]:
        raise invalid("assignee_id", "the server is in another location")
    _assign(call.cloud, row, server)
    return answer(call.cloud.start("assign_primary_ip", row, server))


@route("POST", "/primary_ips/{id}/actions/unassign", 201)
def unassign(call: Call) -> Json:
    row = call.resource(KIND)
    if row.body["assignee_id"] is None:
        raise invalid("id", "the primary IP is not assigned")
    server = call.cloud.need("server", row.body["assignee_id"], call.project)
    _need_stopped(server)
    row.body["assignee_id"] = None
    call.cloud.store.save(row)
    if row.body["type"] == "ipv4":
        # The machine stays reachable for load balancers, at an address the API does not show.
        server.body["address"] = public_address(call.cloud.store, call.cloud.range, MACHINES)
        call.cloud.store.save(server)
    return answer(call.cloud.start("unassign_primary_ip", row, server))


@route("POST", "/primary_ips/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    return change_protection(call, KIND, "delete")
