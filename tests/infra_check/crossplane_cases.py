"""Claims and what Crossplane saw before, for the tests of the Compositions."""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from typing import Any

from infra.check import charts
from infra.check.compose import Case, Composed
from infra.check.crossplane import CHART, Body, Family

FAMILY = Family()
USER_DATA = "#cloud-config\nhostname: @NODE_NAME@\nk3s: @K3S_VERSION@\n"


def claim(name: str, **changes: Any) -> Body:
    body = charts.read(CHART / "fixtures/good" / f"{name}.yaml")
    body["spec"]["parameters"] |= changes
    return body


def at(status: Body) -> Body:
    return {"resource": {"status": {"atProvider": status}}}


JOIN = {"join": {"connectionDetails": {"user-data": base64.b64encode(USER_DATA.encode()).decode()}}}
DRAINED = {"manifest": {"status": {"succeeded": 1}}}
REPLACED = {"replacement": {"resource": {"status": {"nodeIDs": ["501"]}}}}
CASES = {
    "region": Case(claim("region")),
    "region-seen": Case(
        claim("region"),
        {"network": at({"id": "4711"}), "balancer": at({"id": "4713", "ipv4": "203.0.113.7"})},
    ),
    "region-adopted": Case(claim("region-adopted"), {"balancer": at({"id": "4713"})}),
    "region-closed": Case(claim("region", apiAllowedCidrs=[], deletionPolicy="Orphan")),
    "cluster": Case(claim("cluster")),
    "cluster-seen": Case(
        claim("cluster"),
        {"control-plane": {"resource": {"status": {"nodeIDs": ["1"], "currentReplicas": 1}}}},
    ),
    "pool-unknown": Case(claim("node-pool")),
    "pool": Case(claim("node-pool", k3sVersion="v1.37.2+k3s1"), JOIN),
    "pool-smaller": Case(claim("node-pool", replicas=2), JOIN | {"node-0": at({"id": "501"})}),
    "pool-empty": Case(claim("node-pool-empty"), JOIN),
    "pool-hundred": Case(claim("node-pool", replicas=100), JOIN),
    "pool-other": Case(claim("node-pool-empty", replicas=3), JOIN),
    # Of the same name as `pool`, made by another claim.
    "twin": Case(claim("node-pool") | {"metadata": {"name": "twin", "namespace": "else"}}, JOIN),
    "balancer": Case(claim("load-balancer")),
    "balancer-seen": Case(
        claim("load-balancer"), {"balancer": at({"id": "4713", "ipv4": "203.0.113.7"})}
    ),
    "name": Case(claim("pool-allocation")),
    "name-waiting": Case(claim("pool-allocation-waiting")),
    "peering": Case(claim("peering"), {"route-a": at({"id": "4711-10.1.0.0/16"})}),
    "peering-one-way": Case(claim("peering-one-way")),
    "drain": Case(claim("node-action-drain")),
    "drained": Case(claim("node-action-drain"), {"drain": at(DRAINED)}),
    "cordon": Case(claim("node-action-drain", action="cordon")),
    "replace": Case(claim("node-action-replace")),
    "replace-standing": Case(claim("node-action-replace"), REPLACED),
    "replace-drained": Case(claim("node-action-replace"), REPLACED | {"drain": at(DRAINED)}),
    "replaced": Case(
        claim("node-action-replace"), REPLACED | {"drain": at(DRAINED), "remove": at(DRAINED)}
    ),
}


def parameters(body: Body) -> Body:
    found: Body = body["spec"]["parameters"]
    return found


def servers(composed: Composed) -> list[Body]:
    every = composed.resources.values()
    return [each["spec"]["forProvider"] for each in every if each["kind"] == "Server"]


def observed_for(kind: str) -> dict[str, Any]:
    """What makes a Composition of that kind do all it can do."""
    seen = {"NodePoolClaim": JOIN, "NodeActionClaim": REPLACED | {"drain": at(DRAINED)}}
    return dict(seen.get(kind, {"balancer": at({"id": "4713"})}))


def changed(body: Body) -> list[tuple[str, Body]]:
    """The claim with defaults filled in, once for each parameter, which has another value there."""
    full = FAMILY.composite(body) | {"kind": body["kind"], "metadata": body["metadata"]}
    return list(_changes(full, full["spec"]["parameters"], ""))


def _changes(full: Body, here: Any, path: str) -> Iterator[tuple[str, Body]]:
    items = here.items() if isinstance(here, dict) else enumerate(here)
    for key, value in list(items):
        name = f"{path}.{key}".strip(".") if isinstance(here, dict) else path
        if isinstance(value, dict) or (isinstance(value, list) and value):
            yield from _changes(full, value, name)
            continue
        here[key] = _other(value)
        yield name, copy.deepcopy(full)
        here[key] = value


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return ["203.0.113.1/32"]
    if isinstance(value, int):
        return value + 1
    return {"drain": "cordon", "replace": "drain", "Delete": "Orphan"}.get(value, f"{value}0")
