"""Services of load balancers: a listen port, where it leads and how health is checked.

`http` and `tcp` are forwarded as TCP; `https` ends TLS at the load balancer, with the service's
certificates, and forwards what is inside as TCP.
"""

from typing import Any

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError, invalid, not_found
from infra.localcloud.hetzner.resources.actions import answer
from infra.localcloud.hetzner.store import Json, Resource

KIND = "load_balancer"
_DEFAULT_PORTS = {"http": (80, 80), "https": (443, 80)}
# Vendor documentation, "Load Balancer health checks": defaults.
_HEALTH = {"interval": 15, "timeout": 10, "retries": 3}
_HTTP_HEALTH = {
    "domain": "", "path": "/", "response": "", "status_codes": ["2??", "3??"], "tls": False,
}  # fmt: skip
_HTTP = {
    "cookie_name": "HCLBSTICKY", "cookie_lifetime": 300, "certificates": [],
    "redirect_http": False, "sticky_sessions": False, "timeout_idle": 30,
}  # fmt: skip


def complete(asked: Any) -> Any:
    """The service with the vendor's defaults for what was left out; other values as they came."""
    if not isinstance(asked, dict):
        return asked
    protocol = asked.get("protocol")
    listen, destination = _DEFAULT_PORTS.get(str(protocol), (None, None))
    service = {"proxyprotocol": False, **asked}
    service.setdefault("listen_port", listen)
    service.setdefault("destination_port", destination or service["listen_port"])
    check = service.get("health_check") or {}
    if isinstance(check, dict):
        kind = "http" if protocol in ("http", "https") else "tcp"
        port = service["destination_port"]
        service["health_check"] = {"protocol": kind, "port": port, **_HEALTH, **check}
    return {key: value for key, value in service.items() if value is not None}


def _checked(cloud: Cloud, row: Resource, service: Json) -> Json:
    for field in ("listen_port", "destination_port"):
        if not 0 < service[field] < 65536:
            raise invalid(field, "must be a port number")
    check = dict(service["health_check"])
    if check["protocol"] == "http":
        check["http"] = {**_HTTP_HEALTH, **check.get("http", {})}
    kept = {**service, "health_check": check}
    if service["protocol"] == "tcp":
        kept.pop("http", None)
        return kept
    kept["http"] = {**_HTTP, **service.get("http", {})}
    _need_certificates(cloud, row, service["protocol"], kept["http"])
    return kept


def _need_certificates(cloud: Cloud, row: Resource, protocol: str, http: Json) -> None:
    """Raises not_found, invalid_input, resource_limit_exceeded."""
    if protocol == "http":
        if http["certificates"] or http["redirect_http"]:
            raise invalid("http", "certificates and redirect_http belong to https")
        return
    if not http["certificates"]:
        raise invalid("http.certificates", "https needs at least one certificate")
    offer = cloud.catalog.load_balancer_type(row.body["load_balancer_type"])
    if len(http["certificates"]) > offer["max_assigned_certificates"]:
        most = offer["max_assigned_certificates"]
        raise ApiError("resource_limit_exceeded", f"at most {most} certificates are possible")
    for identifier in http["certificates"]:
        certificate = cloud.need("certificate", identifier, row.project)
        if certificate.body["certificate"] is None:
            raise invalid("http.certificates", f"certificate {identifier} is not issued")


def add(cloud: Cloud, row: Resource, service: Json) -> None:
    """Raises `source_port_already_used`, invalid_input, resource_limit_exceeded."""
    if any(entry["listen_port"] == service["listen_port"] for entry in row.body["services"]):
        message = f"source port {service['listen_port']} is already used"
        raise ApiError("source_port_already_used", message)
    limit = cloud.catalog.load_balancer_type(row.body["load_balancer_type"])["max_services"]
    if len(row.body["services"]) >= limit:
        raise ApiError("resource_limit_exceeded", f"at most {limit} services are possible")
    row.body["services"].append(_checked(cloud, row, service))
    cloud.store.save(row)


def _find(row: Resource, listen_port: int) -> Json:
    for entry in row.body["services"]:
        if entry["listen_port"] == listen_port:
            found: Json = entry
            return found
    raise not_found("service on port", listen_port)


@route("POST", "/load_balancers/{id}/actions/add_service", 201, complete=complete)
def add_service(call: Call) -> Json:
    row = call.resource(KIND)
    add(call.cloud, row, call.body)
    return answer(call.cloud.start("add_service", row))


@route("POST", "/load_balancers/{id}/actions/update_service", 201)
def update_service(call: Call) -> Json:
    row = call.resource(KIND)
    old = _find(row, call.body["listen_port"])
    new = {**old, **call.body}
    for part in ("health_check", "http"):
        if part in call.body:
            given = {key: value for key, value in call.body[part].items() if value is not None}
            new[part] = {**old.get(part, {}), **given}
    row.body["services"][row.body["services"].index(old)] = _checked(call.cloud, row, new)
    call.cloud.store.save(row)
    return answer(call.cloud.start("update_service", row))


@route("POST", "/load_balancers/{id}/actions/delete_service", 201)
def delete_service(call: Call) -> Json:
    row = call.resource(KIND)
    row.body["services"].remove(_find(row, call.body["listen_port"]))
    call.cloud.store.save(row)
    return answer(call.cloud.start("delete_service", row))
