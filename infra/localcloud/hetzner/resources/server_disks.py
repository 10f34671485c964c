"""What changes a server's disk or how it is got into: rebuild, backups, rescue, ISO, password.

A rebuild really gives the machine an empty disk and the new user data. The rescue system and ISOs
are shown and do not boot; the console's address is one nobody answers at.
"""

import secrets
from datetime import UTC, datetime

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.locks import need_unlocked
from infra.localcloud.hetzner.resources import images
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.references import as_text
from infra.localcloud.hetzner.resources.user_data import checked_user_data
from infra.localcloud.hetzner.store import Json, Resource

KIND = "server"


def new_password() -> str:
    return secrets.token_urlsafe(15)


def _unlocked(call: Call) -> Resource:
    row = call.resource(KIND)
    need_unlocked(call.cloud, row)
    return row


def _set(call: Call, command: str, **fields: object) -> Json:
    """The usual shape: fields of the server change, and one action tells so."""
    row = _unlocked(call)
    row.body |= fields
    call.cloud.store.save(row)
    return answer(call.cloud.start(command, row))


@route("POST", "/servers/{id}/actions/rebuild", 201, complete=as_text("image"))
def rebuild(call: Call) -> Json:
    row = _unlocked(call)
    if row.body["protection"]["rebuild"]:
        raise ApiError("protected", "server is protected against rebuild")
    architecture = call.cloud.catalog.server_type(row.body["server_type"])["architecture"]
    image = images.chosen(call, call.body["image"], architecture)
    if image["disk_size"] > row.body["disk"]:
        raise invalid("image", "the image does not fit on the disk of the server")
    user_data = checked_user_data(call)
    row.body |= {"status": "rebuilding", "image": image["id"]}
    call.cloud.store.save(row)
    call.cloud.keep_user_data(row.id, user_data)
    action = call.cloud.start("rebuild_server", row)
    password = None if row.body.get("has_keys", True) else new_password()
    return {"action": present_action(action), "root_password": password}


@route("POST", "/servers/{id}/actions/enable_backup", 201)
def enable_backup(call: Call) -> Json:
    # The vendor chooses one of the windows of four hours; ours follows from the id.
    hour = 2 + 4 * (call.ids["id"] % 6)
    return _set(call, "enable_backup", backup_window=f"{hour:02}-{(hour + 4) % 24:02}")


@route("POST", "/servers/{id}/actions/disable_backup", 201)
def disable_backup(call: Call) -> Json:
    row = _unlocked(call)
    for backup in images.of_server(call.cloud, row):
        call.cloud.store.remove(backup)
    return _set(call, "disable_backup", backup_window=None)


@route("POST", "/servers/{id}/actions/enable_rescue", 201)
def enable_rescue(call: Call) -> Json:
    if call.resource(KIND).body.get("rescue_enabled"):
        raise ApiError("rescue_enabled", "the rescue system is enabled already")
    keys = call.body.get("ssh_keys", [])
    for identifier in keys:
        if call.cloud.store.find("ssh_key", identifier, call.project) is None:
            raise invalid("ssh_keys", f"SSH key {identifier} does not exist")
    started = _set(call, "enable_rescue", rescue_enabled=True)
    return {**started, "root_password": new_password()}


@route("POST", "/servers/{id}/actions/disable_rescue", 201)
def disable_rescue(call: Call) -> Json:
    return _set(call, "disable_rescue", rescue_enabled=False)


@route("POST", "/servers/{id}/actions/attach_iso", 201, complete=as_text("iso"))
def attach_iso(call: Call) -> Json:
    iso = call.cloud.catalog.iso(call.body["iso"])
    deprecation = iso["deprecation"]
    if deprecation and datetime.fromisoformat(deprecation["unavailable_after"]) < datetime.now(UTC):
        raise invalid("iso", f"{iso['name']} is no longer available")
    return _set(call, "attach_iso", iso=iso["id"])


@route("POST", "/servers/{id}/actions/detach_iso", 201)
def detach_iso(call: Call) -> Json:
    row = _unlocked(call)
    if row.body.get("iso") is None:
        return answer(call.cloud.start("detach_iso", row, seconds=0.0))
    return _set(call, "detach_iso", iso=None)


@route("POST", "/servers/{id}/actions/reset_password", 201)
def reset_password(call: Call) -> Json:
    row = _unlocked(call)
    if row.body["status"] != "running":
        raise ApiError("server_not_running", f"server {row.id} must be powered on")
    action = call.cloud.start("reset_password", row)
    return {"action": present_action(action), "root_password": new_password()}


@route("POST", "/servers/{id}/actions/request_console", 201)
def request_console(call: Call) -> Json:
    row = _unlocked(call)
    action = call.cloud.start("request_console", row)
    query = f"server_id={row.id}&token={secrets.token_hex(16)}"
    return {
        "action": present_action(action),
        "wss_url": f"wss://console.example/?{query}",
        "password": new_password(),
    }
