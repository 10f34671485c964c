"""Placement groups: the names under which servers are spread over hosts."""

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError
from infra.localcloud.hetzner.resources import readable
from infra.localcloud.hetzner.resources.update import checked_labels, checked_name
from infra.localcloud.hetzner.store import Json, Resource

KIND = "placement_group"
MAX_SERVERS = 10  # vendor documentation, "Placement Groups": limit of a spread group


def members(cloud: Cloud, row: Resource) -> list[int]:
    servers = cloud.store.all("server", row.project)
    return [server.id for server in servers if server.body["placement_group"] == row.id]


def need_room(cloud: Cloud, row: Resource) -> None:
    """Raises `placement_error` when the group is full."""
    if len(members(cloud, row)) >= MAX_SERVERS:
        raise ApiError("placement_error", f"placement group {row.id} is full")


def present(cloud: Cloud, row: Resource) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "type": row.body["type"],
        "servers": members(cloud, row),
        "created": row.created,
    }


@route("POST", "/placement_groups", 201)
def create(call: Call) -> Json:
    row = call.cloud.store.add(
        kind=KIND,
        project=call.project,
        name=checked_name(call.body["name"]),
        labels=checked_labels(call),
        body={"type": call.body["type"]},
    )
    return {KIND: present(call.cloud, row), "action": None}


readable.register("placement_groups", KIND, present)


@route("DELETE", "/placement_groups/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    if members(call.cloud, row):
        raise ApiError("resource_in_use", f"placement group {row.id} still has servers")
    call.cloud.store.remove(row)
