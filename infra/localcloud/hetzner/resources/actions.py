"""Actions: asynchronous tasks as the API shows them, everywhere it shows them."""

import time
from datetime import UTC, datetime

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import invalid, not_found
from infra.localcloud.hetzner.listing import list_entries
from infra.localcloud.hetzner.store import Action, Json

KINDS = {
    "certificates": "certificate",
    "firewalls": "firewall",
    "floating_ips": "floating_ip",
    "images": "image",
    "load_balancers": "load_balancer",
    "networks": "network",
    "primary_ips": "primary_ip",
    "servers": "server",
    "volumes": "volume",
}


def present(action: Action) -> Json:
    return {
        "id": action.id,
        "command": action.command,
        "status": action.status,
        "progress": _progress(action),
        "started": _time(action.started),
        "finished": None if action.finished is None else _time(action.finished),
        "resources": list(action.resources),
        "error": action.error if action.status == "error" else None,
    }


def answer(action: Action) -> Json:
    """The usual answer of an operation that starts one action."""
    return {"action": present(action)}


def _progress(action: Action) -> int:
    if action.status != "running":
        return 100
    passed = (time.time() - action.started) / (action.due - action.started)
    return min(99, int(100 * passed))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


@route("GET", "/actions")
def get_multiple(call: Call) -> Json:
    wanted = call.query.getlist("id")
    if not wanted:
        raise invalid("id", "at least one id is required")
    actions = call.cloud.store.actions(call.project)
    return list_entries(call, "actions", [present(action) for action in actions])


@route("GET", "/actions/{id}")
def get_one(call: Call) -> Json:
    return _one(call, call.ids["id"], None, None)


def _one(call: Call, action_id: int, kind: str | None, owner: int | None) -> Json:
    for action in call.cloud.store.actions(call.project, action_id):
        if kind is None or _concerns(action, kind, owner):
            return answer(action)
    raise not_found("action", action_id)


def _concerns(action: Action, kind: str, owner: int | None) -> bool:
    return any(entry["type"] == kind and owner in (None, entry["id"]) for entry in action.resources)


def _listing(call: Call, kind: str, owner: int | None) -> Json:
    actions = call.cloud.store.actions(call.project)
    concerned = [present(action) for action in actions if _concerns(action, kind, owner)]
    return list_entries(call, "actions", concerned)


def _register(plural: str, kind: str) -> None:
    @route("GET", f"/{plural}/actions")
    def list_of_kind(call: Call) -> Json:
        return _listing(call, kind, None)

    @route("GET", f"/{plural}/actions/{{id}}")
    def one_of_kind(call: Call) -> Json:
        return _one(call, call.ids["id"], kind, None)

    @route("GET", f"/{plural}/{{id}}/actions")
    def list_of_resource(call: Call) -> Json:
        if kind != "image":  # the vendor's own images are in no project
            call.resource(kind)
        return _listing(call, kind, call.ids["id"])

    @route("GET", f"/{plural}/{{id}}/actions/{{action_id}}")
    def one_of_resource(call: Call) -> Json:
        return _one(call, call.ids["action_id"], kind, call.ids["id"])


for _plural, _kind in KINDS.items():
    _register(_plural, _kind)
