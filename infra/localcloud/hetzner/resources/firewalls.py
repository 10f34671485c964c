"""Firewalls and what they are applied to.

Rules are checked, kept and shown; machines do not enforce them.
"""

from ipaddress import ip_network

from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.labels import parse_selector
from infra.localcloud.hetzner.resources import actions, readable
from infra.localcloud.hetzner.resources.update import checked_labels, checked_name
from infra.localcloud.hetzner.store import Action, Json, Resource

KIND = "firewall"
MAX_RULES = 50


def present(cloud: Cloud, row: Resource) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "labels": row.labels,
        "created": row.created,
        "rules": row.body["rules"],
        "applied_to": [_applied(cloud, row, entry) for entry in row.body["applied_to"]],
    }


def _applied(cloud: Cloud, row: Resource, entry: Json) -> Json:
    if entry["type"] == "server":
        return entry
    selected = parse_selector(entry["label_selector"]["selector"])
    servers = [s for s in cloud.store.all("server", row.project) if selected(s.labels)]
    resources = [{"type": "server", "server": {"id": server.id}} for server in servers]
    return {**entry, "applied_to_resources": resources}


def applied_to_server(cloud: Cloud, server: Resource) -> list[int]:
    """Ids of the firewalls a server has, directly or by its labels."""
    return [row.id for row in cloud.store.all(KIND, server.project) if _covers(row, server)]


def _covers(row: Resource, server: Resource) -> bool:
    return any(_names(entry, server) for entry in row.body["applied_to"])


def _names(entry: Json, server: Resource) -> bool:
    if entry["type"] == "server":
        return bool(entry["server"]["id"] == server.id)
    return parse_selector(entry["label_selector"]["selector"])(server.labels)


def apply_to_server(cloud: Cloud, row: Resource, server: Resource) -> None:
    row.body["applied_to"].append({"type": "server", "server": {"id": server.id}})
    cloud.store.save(row)


def forget_server(cloud: Cloud, server: Resource) -> None:
    """A deleted server is no longer a resource of any firewall."""
    gone = {"type": "server", "server": {"id": server.id}}
    for row in cloud.store.all(KIND, server.project):
        if gone in row.body["applied_to"]:
            row.body["applied_to"].remove(gone)
            cloud.store.save(row)


def _rules(asked: list[Json]) -> list[Json]:
    if len(asked) > MAX_RULES:
        raise invalid("rules", f"at most {MAX_RULES} rules are allowed")
    return [_rule(rule, f"rules.{number}") for number, rule in enumerate(asked)]


def _rule(rule: Json, field: str) -> Json:
    incoming = rule["direction"] == "in"
    addresses = rule.get("source_ips" if incoming else "destination_ips", [])
    if not addresses:
        raise invalid(field, "a rule needs at least one source or destination range")
    for address in addresses:
        try:
            ip_network(address)
        except ValueError as error:
            raise invalid(field, f"'{address}' is not a range in CIDR notation") from error
    needs_port = rule["protocol"] in ("tcp", "udp")
    if needs_port != (rule.get("port") is not None):
        raise invalid(f"{field}.port", "a port belongs to tcp and udp, and only to them")
    return {
        "direction": rule["direction"],
        "protocol": rule["protocol"],
        "port": rule.get("port"),
        "source_ips": rule.get("source_ips", []),
        "destination_ips": rule.get("destination_ips", []),
        "description": rule.get("description"),
    }


def _resources(call: Call, asked: list[Json]) -> list[Json]:
    """Entries for `applied_to`, each checked. Raises firewall_resource_not_found."""
    entries = []
    for entry in asked:
        if entry["type"] == "server":
            identifier = entry.get("server", {}).get("id")
            if identifier is None:
                raise invalid("server", "is required for the type server")
            if call.cloud.store.find("server", identifier, call.project) is None:
                raise ApiError("firewall_resource_not_found", f"server {identifier} not found")
            entries.append({"type": "server", "server": {"id": identifier}})
        else:
            selector = entry.get("label_selector", {}).get("selector", "")
            if not selector:
                raise invalid("label_selector", "is required for the type label_selector")
            parse_selector(selector)
            entries.append({"type": "label_selector", "label_selector": {"selector": selector}})
    return entries


def _started(call: Call, command: str, row: Resource, entries: list[Json]) -> list[Action]:
    """One action per resource, as the vendor does it."""
    started = []
    for entry in entries:
        concerned = [row]
        if entry["type"] == "server":
            server = call.cloud.store.find("server", entry["server"]["id"], call.project)
            concerned += [server] if server else []
        started.append(call.cloud.start(command, *concerned))
    return started


@route("POST", "/firewalls", 201)
def create(call: Call) -> Json:
    entries = _resources(call, call.body.get("apply_to", []))
    row = call.cloud.store.add(
        kind=KIND,
        project=call.project,
        name=checked_name(call.body["name"]),
        labels=checked_labels(call),
        body={"rules": _rules(call.body.get("rules", [])), "applied_to": entries},
    )
    started = [call.cloud.start("set_firewall_rules", row)]
    started += _started(call, "apply_firewall", row, entries)
    return {
        KIND: present(call.cloud, row),
        "actions": [actions.present(action) for action in started],
    }


readable.register("firewalls", KIND, present)


@route("DELETE", "/firewalls/{id}", 204)
def delete(call: Call) -> None:
    row = call.resource(KIND)
    if row.body["applied_to"]:
        raise ApiError("resource_in_use", f"firewall with ID '{row.id}' is still in use")
    call.cloud.store.remove(row)


@route("POST", "/firewalls/{id}/actions/set_rules", 201)
def set_rules(call: Call) -> Json:
    row = call.resource(KIND)
    row.body["rules"] = _rules(call.body["rules"])
    call.cloud.store.save(row)
    started = [call.cloud.start("set_firewall_rules", row)]
    started += _started(call, "apply_firewall", row, row.body["applied_to"])
    return {"actions": [actions.present(action) for action in started]}


@route("POST", "/firewalls/{id}/actions/apply_to_resources", 201)
def apply_to_resources(call: Call) -> Json:
    row = call.resource(KIND)
    entries = _resources(call, call.body["apply_to"])
    if any(entry in row.body["applied_to"] for entry in entries):
        raise ApiError("firewall_already_applied", "firewall is already applied to the resource")
    row.body["applied_to"] += entries
    call.cloud.store.save(row)
    started = _started(call, "apply_firewall", row, entries)
    return {"actions": [actions.present(action) for action in started]}


@route("POST", "/firewalls/{id}/actions/remove_from_resources", 201)
def remove_from_resources(call: Call) -> Json:
    row = call.resource(KIND)
    entries = _resources(call, call.body["remove_from"])
    for entry in entries:
        if entry in row.body["applied_to"]:
            row.body["applied_to"].remove(entry)
    call.cloud.store.save(row)
    started = _started(call, "remove_firewall", row, entries)
    return {"actions": [actions.present(action) for action in started]}
