"""Volumes: made, attached, enlarged and deleted as rows; machines get no disk from them."""

import re

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud, forbid_protected
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.locks import need_unlocked
from infra.localcloud.hetzner.resources import readable
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.references import as_text
from infra.localcloud.hetzner.resources.update import change_protection, checked_labels
from infra.localcloud.hetzner.store import Json, Resource

KIND = "volume"
# Vendor's document, "Create a Volume".
SMALLEST, LARGEST = 10, 10240
FORMATS = ("ext4", "xfs")
MOST_PER_SERVER = 16
_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?")


def present(cloud: Cloud, row: Resource) -> Json:
    body = row.body
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "location": cloud.catalog.location(body["location"]),
        "size": body["size"],
        "format": body["format"],
        "status": body["status"],
        "server": body["server"],
        "linux_device": f"/dev/disk/by-id/scsi-0HC_Volume_{row.id}",
        "protection": body["protection"],
    }


def of_server(cloud: Cloud, server: Resource) -> list[Resource]:
    rows = cloud.store.all(KIND, server.project)
    return [row for row in rows if row.body["server"] == server.id]


def attach(cloud: Cloud, row: Resource, server: Resource) -> None:
    """Raises `volume_already_attached`, `locked`, invalid_input, resource_limit_exceeded."""
    need_unlocked(cloud, row)
    if row.body["server"] is not None:
        raise ApiError("volume_already_attached", f"volume {row.id} is already attached")
    if row.body["location"] != server.body["location"]:
        raise invalid("server", "the server is in another location than the volume")
    if len(of_server(cloud, server)) >= MOST_PER_SERVER:
        raise ApiError("resource_limit_exceeded", f"at most {MOST_PER_SERVER} volumes per server")
    row.body["server"] = server.id
    cloud.store.save(row)


def forget_server(cloud: Cloud, server: Resource) -> None:
    """What was attached to a deleted server stays, detached."""
    for row in of_server(cloud, server):
        row.body["server"] = None
        cloud.store.save(row)


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise invalid("name", "letters, digits, dashes, underscores and dots, at most 64")
    return name


def _change(call: Call, row: Resource) -> None:
    _checked_name(row.name)


readable.register("volumes", KIND, present, _change)


@route("POST", "/volumes", 201, complete=as_text("location"))
def create(call: Call) -> Json:
    cloud, asked = call.cloud, call.body
    if not SMALLEST <= asked["size"] <= LARGEST:
        raise invalid("size", f"must be between {SMALLEST} and {LARGEST}")
    if asked.get("format") not in (None, *FORMATS):
        raise invalid("format", f"must be one of {', '.join(FORMATS)}")
    server = None
    if "server" in asked:
        server = cloud.need("server", asked["server"], call.project)
        location = server.body["location"]
    elif "location" in asked:
        location = cloud.catalog.location(asked["location"])["name"]
    else:
        raise invalid("location", "a location or a server is required")
    if asked.get("automount") and server is None:
        raise invalid("automount", "needs a server")
    row = cloud.store.add(
        kind=KIND,
        project=call.project,
        name=_checked_name(asked["name"]),
        labels=checked_labels(call),
        body={
            "size": asked["size"],
            "format": asked.get("format"),
            "location": location,
            "status": "creating",
            "server": None,
            "protection": {"delete": False},
        },
    )
    if server is not None:
        need_unlocked(cloud, server)
        attach(cloud, row, server)
    created = cloud.start("create_volume", row)
    # A volume is there before it is attached.
    later = cloud.action_seconds
    next_actions = (
        [] if server is None else [cloud.start("attach_volume", row, server, after=later)]
    )
    return {
        KIND: present(cloud, row),
        "action": present_action(created),
        "next_actions": [present_action(action) for action in next_actions],
    }


@route("DELETE", "/volumes/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    forbid_protected(row)
    need_unlocked(call.cloud, row)
    if row.body["server"] is not None:
        raise ApiError("resource_in_use", f"volume {row.id} is attached to a server")
    call.cloud.store.remove(row)


@route("POST", "/volumes/{id}/actions/attach", 201)
def attach_to_server(call: Call) -> Json:
    row = call.resource(KIND)
    server = call.cloud.need("server", call.body["server"], call.project)
    need_unlocked(call.cloud, server)
    attach(call.cloud, row, server)
    return answer(call.cloud.start("attach_volume", row, server))


@route("POST", "/volumes/{id}/actions/detach", 201)
def detach(call: Call) -> Json:
    row = call.resource(KIND)
    need_unlocked(call.cloud, row)
    if row.body["server"] is None:
        raise ApiError("volume_not_attached", f"volume {row.id} is not attached")
    server = call.cloud.need("server", row.body["server"], call.project)
    row.body["server"] = None
    call.cloud.store.save(row)
    return answer(call.cloud.start("detach_volume", row, server))


@route("POST", "/volumes/{id}/actions/resize", 201)
def resize(call: Call) -> Json:
    row = call.resource(KIND)
    need_unlocked(call.cloud, row)
    if not row.body["size"] < call.body["size"] <= LARGEST:
        raise invalid("size", f"must be larger than {row.body['size']} and at most {LARGEST}")
    row.body["size"] = call.body["size"]
    call.cloud.store.save(row)
    return answer(call.cloud.start("resize_volume", row))


@route("POST", "/volumes/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    return change_protection(call, KIND, "delete")
