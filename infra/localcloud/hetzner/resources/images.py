"""Images: the vendor's own, and the snapshots and backups of a project's servers.

A snapshot keeps what it was made of, not a copy of the disk: a machine made from it boots as one
made from the same system image.
"""

import secrets

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud, forbid_protected
from infra.localcloud.hetzner.errors import ApiError, invalid, not_found
from infra.localcloud.hetzner.listing import list_entries
from infra.localcloud.hetzner.locks import need_unlocked
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.update import change_protection, checked_labels
from infra.localcloud.hetzner.store import Json, Resource

KIND = "image"
_COPIED = ("architecture", "os_flavor", "os_version", "disk_size")


def present(row: Resource) -> Json:
    body = row.body
    return {
        "id": row.id,
        "name": None,
        "labels": row.labels,
        "created": row.created,
        **{field: body[field] for field in _COPIED},
        "description": body["description"],
        "type": body["type"],
        "status": body["status"],
        "image_size": body["image_size"] if body["status"] == "available" else None,
        "created_from": body["created_from"],
        "bound_to": body["bound_to"],
        "rapid_deploy": False,
        "protection": body["protection"],
        "deprecated": None,
        "deleted": None,
    }


def shown(cloud: Cloud, project: int, identifier: int) -> Json | None:
    """An image by id as a server shows it; None when it has been deleted."""
    for image in cloud.catalog.images:
        if image["id"] == identifier:
            return image
    row = cloud.store.find(KIND, identifier, project)
    return None if row is None else present(row)


def chosen(call: Call, reference: str, architecture: str) -> Json:
    """The image a customer names, ready to be put on a disk. Raises invalid_input."""
    image = None
    if reference.isdecimal():
        image = shown(call.cloud, call.project, int(reference))
    if image is None:
        image = call.cloud.catalog.image(reference, architecture)
    if image["status"] != "available":
        raise invalid("image", f"image {reference} is not available")
    if image["architecture"] != architecture:
        raise invalid("image", f"image {reference} is not for the architecture {architecture}")
    return image


def of_server(cloud: Cloud, server: Resource) -> list[Resource]:
    """Its backups, which live and die with it."""
    rows = cloud.store.all(KIND, server.project)
    return [row for row in rows if row.body["bound_to"] == server.id]


def make(cloud: Cloud, server: Resource, *, kind: str, wish: Json, labels: dict[str, str]) -> Json:
    """A snapshot or backup of a server, and the action that makes it."""
    need_unlocked(cloud, server)
    if kind == "backup" and not server.body.get("backup_window"):
        raise ApiError("invalid_input", "backups are not enabled for the server")
    source = shown(cloud, server.project, server.body["image"])
    parts = source or {"os_flavor": "unknown", "os_version": None}
    architecture = cloud.catalog.server_type(server.body["server_type"])["architecture"]
    row = cloud.store.add(
        kind=KIND,
        project=server.project,
        name=f"image-{secrets.token_hex(8)}",  # shown as null: images of a project have no name
        labels=labels,
        body={
            "architecture": architecture,
            "os_flavor": parts["os_flavor"],
            "os_version": parts["os_version"],
            "disk_size": server.body["disk"],
            "image_size": round(0.05 * server.body["disk"], 2),
            "description": wish.get("description") or f"{kind} of {server.name}",
            "type": kind,
            "status": "creating",
            "created_from": {"id": server.id, "name": server.name},
            "bound_to": server.id if kind == "backup" else None,
            "protection": {"delete": False},
        },
    )
    action = cloud.start("create_image", row, server)
    return {KIND: present(row), "action": present_action(action)}


@route("POST", "/servers/{id}/actions/create_image", 201)
def create_image(call: Call) -> Json:
    kind = call.body.get("type", "snapshot")
    server = call.resource("server")
    return make(call.cloud, server, kind=kind, wish=call.body, labels=checked_labels(call))


@route("GET", "/images")
def listing(call: Call) -> Json:
    rows = call.cloud.store.all(KIND, call.project)
    entries = [*call.cloud.catalog.images, *(present(row) for row in rows)]
    if call.query.get("include_deprecated") != "true":
        entries = [entry for entry in entries if entry["deprecated"] is None]
    return list_entries(call, "images", entries)


@route("GET", "/images/{id}")
def get(call: Call) -> Json:
    image = shown(call.cloud, call.project, call.ids["id"])
    if image is None:
        raise not_found(KIND, call.ids["id"])
    return {KIND: image}


def _own(call: Call) -> Resource:
    """The image of the path, which must be the project's. Raises not_found, invalid_input."""
    if any(image["id"] == call.ids["id"] for image in call.cloud.catalog.images):
        raise ApiError("forbidden", "images of the type system cannot be changed or deleted")
    return call.resource(KIND)


@route("PUT", "/images/{id}")
def update(call: Call) -> Json:
    row = _own(call)
    row.labels = checked_labels(call, row.labels)
    row.body["description"] = call.body.get("description", row.body["description"])
    if call.body.get("type") == "snapshot":
        row.body |= {"type": "snapshot", "bound_to": None}
    call.cloud.store.save(row)
    return {KIND: present(row)}


@route("DELETE", "/images/{id}", 204)
def delete(call: Call) -> None:
    row = _own(call)
    forbid_protected(row)
    need_unlocked(call.cloud, row)
    call.cloud.store.remove(row)


@route("POST", "/images/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    if _own(call).body["type"] != "snapshot":
        raise invalid("id", "only snapshots can be protected")
    return change_protection(call, KIND, "delete")
