"""What every kind has in common: renaming, relabelling, protecting."""

from infra.localcloud.hetzner.calls import Call
from infra.localcloud.hetzner.errors import invalid
from infra.localcloud.hetzner.labels import check_labels
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.store import Json, Resource


def rename_and_relabel(call: Call, kind: str) -> Resource:
    """Apply `name` and `labels` of a PUT. Raises not_found, invalid_input, uniqueness_error."""
    resource = call.resource(kind)
    if "name" in call.body:
        resource.name = checked_name(call.body["name"])
    resource.labels = checked_labels(call, resource.labels)
    call.cloud.store.save(resource)
    return resource


def checked_name(name: str) -> str:
    if not name.strip():
        raise invalid("name", "must not be empty")
    return name


def checked_labels(call: Call, default: dict[str, str] | None = None) -> dict[str, str]:
    """The labels of the body, or the default when the body has none."""
    labels: dict[str, str] | None = call.body.get("labels")
    if labels is None:
        return default or {}
    check_labels(labels)
    return labels


def change_protection(call: Call, kind: str, *fields: str) -> Json:
    """Set the named protections the body mentions, e.g. `delete`."""
    resource = call.resource(kind)
    for field in fields:
        if field in call.body:
            resource.body["protection"][field] = call.body[field]
    call.cloud.store.save(resource)
    return answer(call.cloud.start("change_protection", resource))
