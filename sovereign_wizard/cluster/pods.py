"""Why Pods of a release do not get on, hooks among them: their own reasons, from core/v1.

Only helps a person: when it cannot be had, the watch goes on without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.cluster.states import Json

# A container waits so while all is well.
PASSING = frozenset({"ContainerCreating", "PodInitializing"})
AT_ONCE = 3  # Pods told of one release
LONGEST = 200


def stuck(cluster: Cluster, namespaces: Mapping[str, str]) -> dict[str, str]:
    """Component → why its Pods are stuck, in words; without those of which none is.

    `namespaces`: component → where its workloads are. Never raises.
    """
    found: dict[str, str] = {}
    for namespace in sorted(set(namespaces.values())):
        try:
            pods = list(cluster.every(f"/api/v1/namespaces/{namespace}/pods"))
        except ClusterAway:
            continue
        for component, where in namespaces.items():
            if where == namespace and (told := list(_of(component, pods))):
                found[component] = "; ".join(told[:AT_ONCE])
    return found


def _of(component: str, pods: list[Json]) -> Iterator[str]:
    """Pods that say they are this release's; those of nobody are anybody's in the namespace."""
    for pod in pods:
        instance = pod["metadata"].get("labels", {}).get("app.kubernetes.io/instance", component)
        if instance == component and (said := why(pod)):
            yield f"Pod {pod['metadata']['name']}: {said}"


def why(pod: Json) -> str:
    """Why a Pod does not get on; empty when it does, or has ended well."""
    status = pod.get("status", {})
    if "deletionTimestamp" in pod["metadata"] or status.get("phase") == "Succeeded":
        return ""
    for condition in status.get("conditions", []):
        if (condition["type"], condition["status"]) == ("PodScheduled", "False"):
            return f"not scheduled: {condition.get('message', condition.get('reason', ''))}"[
                :LONGEST
            ]
    for each in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        if said := _container(each):
            return f"{each['name']} {said}"[:LONGEST]
    return ""


def before(pod: Json) -> str:
    """What the run before this one said when it failed; empty when there was none."""
    for each in pod.get("status", {}).get("containerStatuses", ()):
        ended = each.get("lastState", {}).get("terminated") or {}
        if ended.get("exitCode"):
            return f"{each['name']} {_ended(ended)}"[:LONGEST]
    return ""


def _container(status: Json) -> str:
    state, last = status.get("state", {}), status.get("lastState", {})
    waiting = state.get("waiting")
    if waiting and waiting.get("reason", "") not in PASSING:
        # What it said itself helps more than how long it is left alone before the next try.
        ended = last.get("terminated") or {}
        message = _ended(ended) if ended.get("message") else waiting.get("message") or _ended(ended)
        return f"waits: {waiting.get('reason', '?')}" + (f", {message}" if message else "")
    ended = state.get("terminated")
    if ended and ended.get("exitCode"):
        return _ended(ended)
    return ""


def _ended(terminated: Json | None) -> str:
    if not terminated:
        return ""
    words = _last_line(terminated.get("message")) or terminated.get("reason") or ""
    return f"ended with code {terminated.get('exitCode')}" + (f" ({words})" if words else "")


def _last_line(message: str | None) -> str:
    """A program's last words may be its whole log."""
    return (message or "").strip().rpartition("\n")[2]
