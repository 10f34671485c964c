"""SSH keys: really parsed, with the MD5 fingerprint the vendor shows."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import MD5
from cryptography.hazmat.primitives.serialization import (
    load_ssh_public_key,
    ssh_key_fingerprint,
)

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import invalid, not_unique
from infra.localcloud.hetzner.resources import readable
from infra.localcloud.hetzner.resources.update import checked_labels, checked_name
from infra.localcloud.hetzner.store import Json, Resource

KIND = "ssh_key"


def fingerprint(public_key: str) -> str:
    """MD5 of the key blob as 16 pairs of hexadecimal digits. Raises invalid_input."""
    try:
        key = load_ssh_public_key(public_key.strip().encode())
        # MD5 only names the key here, as the vendor's API does (RFC 4716 section 4).
        digest = ssh_key_fingerprint(key, MD5())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise invalid("public_key", "SSH key is not valid") from error
    return digest.hex(":")


def present(row: Resource) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "fingerprint": row.body["fingerprint"],
        "public_key": row.body["public_key"],
        "labels": row.labels,
        "created": row.created,
    }


@route("POST", "/ssh_keys", 201)
def create(call: Call) -> Json:
    digest = fingerprint(call.body["public_key"])
    store = call.cloud.store
    if any(row.body["fingerprint"] == digest for row in store.all(KIND, call.project)):
        raise not_unique(["public_key"], "SSH key with the same fingerprint already exists")
    body = {"public_key": call.body["public_key"], "fingerprint": digest}
    name, labels = checked_name(call.body["name"]), checked_labels(call)
    row = store.add(kind=KIND, project=call.project, name=name, labels=labels, body=body)
    return {KIND: present(row)}


readable.register("ssh_keys", KIND, lambda cloud, row: present(row))


@route("DELETE", "/ssh_keys/{id}", 204)
def delete(call: Call) -> None:
    call.cloud.store.remove(call.resource(KIND))
