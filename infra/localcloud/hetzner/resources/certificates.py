"""Certificates: uploaded ones, really parsed and paired with their key, and managed ones, issued
when their action ends (`effects.py`) or failed when the action does."""

from datetime import datetime

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.certificate_files import Facts, issue, need_pair, read
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.resources import readable
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.resources.actions import present as present_action
from infra.localcloud.hetzner.resources.update import checked_labels, checked_name
from infra.localcloud.hetzner.store import Json, Resource

KIND = "certificate"


def present(cloud: Cloud, row: Resource) -> Json:
    body = row.body
    managed = body["type"] == "managed"
    status = {key: body[key] for key in ("issuance", "renewal", "error")} if managed else None
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "type": body["type"],
        "domain_names": body["domain_names"],
        "certificate": body["certificate"],
        "fingerprint": body["fingerprint"],
        "not_valid_before": body["not_valid_before"],
        "not_valid_after": body["not_valid_after"],
        "status": status,
        "used_by": [{"id": balancer.id, "type": balancer.kind} for balancer in used_by(cloud, row)],
    }


def used_by(cloud: Cloud, row: Resource) -> list[Resource]:
    return [
        balancer
        for balancer in cloud.store.all("load_balancer", row.project)
        if any(
            row.id in service.get("http", {}).get("certificates", [])
            for service in balancer.body["services"]
        )
    ]


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _facts(chain: str, facts: Facts) -> Json:
    return {
        "certificate": chain,
        "domain_names": facts.names,
        "fingerprint": facts.fingerprint,
        "not_valid_before": _time(facts.not_before),
        "not_valid_after": _time(facts.not_after),
    }


def complete_issuance(cloud: Cloud, row: Resource) -> None:
    """The end of an issuance that went well."""
    chain, key = issue(row.body["domain_names"])
    cloud.certificates.keep(row.id, chain, key)
    row.body |= _facts(chain, read(chain))
    row.body |= {"issuance": "completed", "renewal": "scheduled", "error": None}


def fail_issuance(row: Resource, error: Json) -> None:
    row.body |= {"issuance": "failed", "renewal": "unavailable", "error": error}


readable.register("certificates", KIND, present)


@route("POST", "/certificates", 201)
def create(call: Call) -> Json:
    return _managed(call) if call.body.get("type") == "managed" else _uploaded(call)


def _uploaded(call: Call) -> Json:
    asked = call.body
    for field in ("certificate", "private_key"):
        if not asked.get(field):
            raise invalid(field, "is required for the type uploaded")
    facts = read(asked["certificate"])
    need_pair(asked["certificate"], asked["private_key"])
    row = _add(call, {"type": "uploaded", **_facts(asked["certificate"], facts)})
    call.cloud.certificates.keep(row.id, asked["certificate"], asked["private_key"])
    return {KIND: present(call.cloud, row)}


def _managed(call: Call) -> Json:
    names = call.body.get("domain_names")
    if not names:
        raise invalid("domain_names", "are required for the type managed")
    empty = dict.fromkeys(("certificate", "fingerprint", "not_valid_before", "not_valid_after"))
    state = {"issuance": "pending", "renewal": "unavailable", "error": None}
    row = _add(call, {"type": "managed", "domain_names": names, **empty, **state})
    action = call.cloud.start("create_certificate", row)
    return {KIND: present(call.cloud, row), "action": present_action(action)}


def _add(call: Call, body: Json) -> Resource:
    name, labels = checked_name(call.body["name"]), checked_labels(call)
    project = call.project
    return call.cloud.store.add(kind=KIND, project=project, name=name, labels=labels, body=body)


@route("DELETE", "/certificates/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    if used_by(call.cloud, row):
        raise ApiError("resource_in_use", f"certificate {row.id} is used by a load balancer")
    call.cloud.store.remove(row)
    call.cloud.certificates.remove(row.id)


@route("POST", "/certificates/{id}/actions/retry", 201)
def retry(call: Call) -> Json:
    row = call.resource(KIND)
    if row.body.get("issuance") != "failed":
        raise ApiError("unsupported_error", "only a failed issuance can be tried again")
    row.body |= {"issuance": "pending", "error": None}
    call.cloud.store.save(row)
    return answer(call.cloud.start("issue_certificate", row))
