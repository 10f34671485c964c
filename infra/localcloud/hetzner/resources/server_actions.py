"""The switches of a server. What they mean for its status happens when the action ends (clock)."""

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.locks import need_unlocked
from infra.localcloud.hetzner.resources import placement_groups
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.references import as_text
from infra.localcloud.hetzner.resources.update import change_protection
from infra.localcloud.hetzner.stock import need_in_stock
from infra.localcloud.hetzner.store import Json, Resource

KIND = "server"


def _unlocked(call: Call) -> Resource:
    row = call.resource(KIND)
    need_unlocked(call.cloud, row)
    return row


def _switch(call: Call, command: str, meanwhile: str | None) -> Json:
    row = _unlocked(call)
    if meanwhile is not None:
        row.body["status"] = meanwhile
        call.cloud.store.save(row)
    return answer(call.cloud.start(command, row))


def _need_off(row: Resource) -> None:
    if row.body["status"] != "off":
        raise ApiError("server_not_stopped", f"server {row.id} must be powered off")


@route("POST", "/servers/{id}/actions/poweron", 201)
def poweron(call: Call) -> Json:
    row = call.resource(KIND)
    return _switch(call, "start_server", None if row.body["status"] == "running" else "starting")


@route("POST", "/servers/{id}/actions/poweroff", 201)
def poweroff(call: Call) -> Json:
    row = call.resource(KIND)
    return _switch(call, "stop_server", None if row.body["status"] == "off" else "stopping")


@route("POST", "/servers/{id}/actions/shutdown", 201)
def shutdown(call: Call) -> Json:
    row = call.resource(KIND)
    return _switch(call, "shutdown_server", None if row.body["status"] == "off" else "stopping")


@route("POST", "/servers/{id}/actions/reboot", 201)
def reboot(call: Call) -> Json:
    return _switch(call, "reboot_server", None)


@route("POST", "/servers/{id}/actions/reset", 201)
def reset(call: Call) -> Json:
    return _switch(call, "reset_server", None)


@route("POST", "/servers/{id}/actions/change_type", 201, complete=as_text("server_type"))
def change_type(call: Call) -> Json:
    row = _unlocked(call)
    _need_off(row)
    old = call.cloud.catalog.server_type(row.body["server_type"])
    new = call.cloud.catalog.server_type(call.body["server_type"])
    if new["architecture"] != old["architecture"] or new["disk"] < row.body["disk"]:
        raise ApiError("invalid_server_type", f"server type {new['name']} does not fit the server")
    need_in_stock(call, new, row.body["location"])
    row.body["server_type"] = new["name"]
    if call.body["upgrade_disk"]:
        row.body["disk"] = new["disk"]
    call.cloud.store.save(row)
    return answer(call.cloud.start("change_server_type", row))


@route("POST", "/servers/{id}/actions/change_protection", 201)
def protect(call: Call) -> Json:
    asked = call.body
    if asked.get("delete") != asked.get("rebuild"):
        raise invalid("delete", "delete and rebuild protection must have the same value")
    return change_protection(call, KIND, "delete", "rebuild")


@route("POST", "/servers/{id}/actions/add_to_placement_group", 201)
def add_to_placement_group(call: Call) -> Json:
    row = _unlocked(call)
    _need_off(row)
    group = call.cloud.need(placement_groups.KIND, call.body["placement_group"], call.project)
    placement_groups.need_room(call.cloud, group)
    row.body["placement_group"] = group.id
    call.cloud.store.save(row)
    return answer(call.cloud.start("add_to_placement_group", row))


@route("POST", "/servers/{id}/actions/remove_from_placement_group", 201)
def remove_from_placement_group(call: Call) -> Json:
    row = _unlocked(call)
    row.body["placement_group"] = None
    call.cloud.store.save(row)
    return answer(call.cloud.start("remove_from_placement_group", row))
