"""The three operations every kind of resource has: the list, the one, and the renaming."""

from collections.abc import Callable

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.listing import list_resources
from infra.localcloud.hetzner.resources.update import rename_and_relabel
from infra.localcloud.hetzner.store import Json, Resource

Present = Callable[[Cloud, Resource], Json]
Change = Callable[[Call, Resource], None]


def register(plural: str, kind: str, present: Present, change: Change | None = None) -> None:
    """`GET /plural`, `GET /plural/{id}` and `PUT /plural/{id}`; `change` applies the fields of the
    PUT beyond `name` and `labels`, and the row is saved after it."""

    @route("GET", f"/{plural}")
    def listing(call: Call) -> Json:
        return list_resources(call, kind, plural, lambda row: present(call.cloud, row))

    @route("GET", f"/{plural}/{{id}}")
    def get(call: Call) -> Json:
        return {kind: present(call.cloud, call.resource(kind))}

    @route("PUT", f"/{plural}/{{id}}")
    def update(call: Call) -> Json:
        row = rename_and_relabel(call, kind)
        if change is not None:
            change(call, row)
            call.cloud.store.save(row)
        return {kind: present(call.cloud, row)}
