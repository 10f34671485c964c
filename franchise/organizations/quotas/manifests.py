"""A plan's limits as Kubernetes takes them: ResourceQuota and LimitRange. Pure.

https://kubernetes.io/docs/concepts/policy/resource-quotas/ and …/limit-range/. They stand in the
one namespace of the Organization, where all Pods of its Apps are.
What was bought is what may be asked for (requests) and what may be used (limits): memory above
it would be somebody else's. A reserve comes on top, for Pods that are exchanged for new ones.
"""

from __future__ import annotations

from typing import Any

from franchise.applications import names
from franchise.organizations.quotas.limits import Limits

Manifest = dict[str, Any]
NAME = "plan"
PODS_PER_VCPU = 20  # small Pods are what Apps are made of; a node takes 110
RESERVE_MILLI, RESERVE_MB, RESERVE_GB = 500, 1_024, 5
# What a container gets that asks for nothing, and the least it may ask for: milli-CPU and MiB.
# One vCPU is the smallest plan, so that only the memory may be more than was bought.
DEFAULT_REQUEST, DEFAULT_LIMIT, LEAST = (100, 128), (500, 512), (10, 16)


def manifests(*, organization: str, limits: Limits | None, open: bool) -> list[Manifest]:
    """The quota, and what containers get that ask for nothing.

    Not `open`, or without a plan: no Pod may be there. Volumes stay, so that nothing is lost.
    """
    made = [_quota(organization, limits, open)]
    if limits is not None:
        made.append(_range(organization, limits))
    return made


def _quota(organization: str, limits: Limits | None, open: bool) -> Manifest:
    hard = {"services.loadbalancers": "0", "services.nodeports": "0", "pods": "0"}
    if limits is not None:
        cpu = f"{limits.vcpu * 1000 + RESERVE_MILLI}m"
        memory = f"{limits.memory_mb + RESERVE_MB}Mi"
        hard |= {
            "requests.cpu": cpu,
            "limits.cpu": cpu,
            "requests.memory": memory,
            "limits.memory": memory,
            "requests.storage": f"{limits.disk_gb + RESERVE_GB}Gi",
            "persistentvolumeclaims": str(limits.vcpu * PODS_PER_VCPU),
        }
        if open:
            hard["pods"] = str(limits.vcpu * PODS_PER_VCPU)
    return _manifest("ResourceQuota", organization, {"hard": hard}, limits)


def _range(organization: str, limits: Limits) -> Manifest:
    """Nothing may be larger than the plan, so that what can never start is refused at once."""
    most = {"cpu": str(limits.vcpu), "memory": f"{limits.memory_mb}Mi"}
    container = {
        "type": "Container",
        "defaultRequest": _within(limits, DEFAULT_REQUEST),
        "default": _within(limits, DEFAULT_LIMIT),
        "min": _within(limits, LEAST),
        "max": most,
    }
    volume = {"type": "PersistentVolumeClaim", "max": {"storage": f"{limits.disk_gb}Gi"}}
    return _manifest("LimitRange", organization, {"limits": [container, volume]}, limits)


def _within(limits: Limits, size: tuple[int, int]) -> dict[str, str]:
    milli, mib = size
    return {"cpu": f"{milli}m", "memory": f"{min(mib, limits.memory_mb)}Mi"}


def _manifest(
    kind: str, organization: str, spec: dict[str, Any], limits: Limits | None
) -> Manifest:
    billing = "none" if limits is None else "metered" if limits.metered else "fixed"
    labels = {
        "app.kubernetes.io/managed-by": "catalyst",
        "openova.io/organization": organization,
        "openova.io/plan-billing": billing,
    }
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": NAME, "namespace": names.namespace(organization), "labels": labels},
        "spec": spec,
    }
