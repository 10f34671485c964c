"""What a machine is told to leave out of the kit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from infra.check.kit import COMPONENT, OPTIONAL, TIER


def patches(chosen: Iterable[str]) -> list[dict[str, Any]]:
    """`spec.patches` of the root Kustomization, as infra/hetzner/cloud_kit.tf makes them."""
    names = sorted(chosen)
    selector = f"{TIER}={OPTIONAL}" + (f",{COMPONENT} notin ({','.join(names)})" if names else "")
    anything = {"apiVersion": "v1", "kind": "Any", "metadata": {"name": "any"}}
    leave_out = {
        "target": {"labelSelector": selector},
        "patch": json.dumps({"$patch": "delete", **anything}),
    }
    stages = {"group": "kustomize.toolkit.fluxcd.io", "kind": "Kustomization"}
    below = [{"op": "add", "path": "/spec/patches", "value": [leave_out]}]
    return [leave_out, {"target": stages, "patch": json.dumps(below)}]
