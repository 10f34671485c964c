"""Where kinds of objects are in the API, and what Flux's conditions say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
REQUESTED = "reconcile.fluxcd.io/requestedAt"
_GROUPS = {
    "gitrepositories": "source.toolkit.fluxcd.io/v1",
    "helmrepositories": "source.toolkit.fluxcd.io/v1",
    "kustomizations": "kustomize.toolkit.fluxcd.io/v1",
    "helmreleases": "helm.toolkit.fluxcd.io/v2",
    "httproutes": "gateway.networking.k8s.io/v1",
    "deployments": "apps/v1",
    "statefulsets": "apps/v1",
}


def path(kind: str, namespace: str, name: str = "") -> str:
    """Of one object of a namespace, or of all of this kind there."""
    group = _GROUPS.get(kind)
    root = f"/apis/{group}" if group else "/api/v1"
    return f"{root}/namespaces/{namespace}/{kind}" + (f"/{name}" if name else "")


def everywhere(kind: str) -> str:
    """Of all of a kind in the whole cluster."""
    group = _GROUPS.get(kind)
    return f"/apis/{group}/{kind}" if group else f"/api/v1/{kind}"


def pod_log(namespace: str, pod: str) -> str:
    return f"{path('pods', namespace, pod)}/log"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Flux says of an object. `stalled`: it does not try again by itself."""

    ready: bool = False
    stalled: bool = False
    reason: str = ""
    words: str = ""


def verdict(found: Json | None) -> Verdict:
    """Its condition Ready, once Flux has seen the object as it is now."""
    if found is None:
        return Verdict(words="It is not there yet.")
    status = found.get("status") or {}
    seen = status.get("observedGeneration", -1) >= found["metadata"].get("generation", 0)
    conditions = {each["type"]: each for each in status.get("conditions") or []}
    ready = conditions.get("Ready") or {}
    stalled = (conditions.get("Stalled") or {}).get("status") == "True"
    return Verdict(
        ready=seen and ready.get("status") == "True",
        stalled=seen and stalled,
        reason=str(ready.get("reason", "")),
        words=str(ready.get("message", "")),
    )


def sha_of(revision: str) -> str:
    """`main@sha1:<sha>` → `<sha>`."""
    return revision.rpartition(":")[2]
