"""The read-only lists: locations, data centres, types, ISOs, prices."""

from collections.abc import Callable

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import not_found
from infra.localcloud.hetzner.listing import list_entries
from infra.localcloud.hetzner.stock import shown_datacenters, shown_server_types
from infra.localcloud.hetzner.store import Json

Entries = Callable[[Call], tuple[Json, ...]]


def _register(plural: str, singular: str, entries: Entries) -> None:
    @route("GET", f"/{plural}")
    def listing(call: Call) -> Json:
        answer = list_entries(call, plural, entries(call))
        if plural == "datacenters":
            answer["recommendation"] = entries(call)[0]["id"]
        return answer

    @route("GET", f"/{plural}/{{id}}")
    def one(call: Call) -> Json:
        for entry in entries(call):
            if entry["id"] == call.ids["id"]:
                return {singular: entry}
        raise not_found(singular, call.ids["id"])


def _isos(call: Call) -> tuple[Json, ...]:
    """Those of the architecture asked for, on demand with those that fit every architecture."""
    wildcards = call.query.get("include_architecture_wildcard") == "true"
    if not wildcards or not call.query.getlist("architecture"):
        return call.cloud.catalog.isos
    (wanted, *_) = call.query.getlist("architecture")
    return tuple(
        {**iso, "architecture": iso["architecture"] or wanted} for iso in call.cloud.catalog.isos
    )


_register("locations", "location", lambda call: call.cloud.catalog.locations)
_register("datacenters", "datacenter", shown_datacenters)
_register("server_types", "server_type", shown_server_types)
_register(
    "load_balancer_types", "load_balancer_type", lambda call: call.cloud.catalog.load_balancer_types
)
_register("isos", "iso", _isos)


@route("GET", "/pricing")
def pricing(call: Call) -> Json:
    return {"pricing": call.cloud.catalog.pricing}
