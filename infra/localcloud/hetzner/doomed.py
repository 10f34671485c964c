"""Runs an operation whose actions are to end in `error`.

Only what the operation creates stays, as a resource the customer sees and has to remove; a change
that failed has not happened.
"""

from infra.localcloud.hetzner.calls import Call, Route
from infra.localcloud.hetzner.store import Json


def perform(route: Route, call: Call, error: Json) -> Json | None:
    """Inside the caller's transaction. `error` is `{"code", "message"}`."""
    cloud = call.cloud
    creates = "/actions/" not in route.path and route.method == "POST"
    cloud.doom = error
    try:
        if creates:
            return route.operation(call)
        with cloud.store.only_actions_stay():
            return route.operation(call)
    finally:
        cloud.doom = None
