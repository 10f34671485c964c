"""ConfigMaps, Secrets and fields of a Pod: what its environment and its volumes are made from."""

import base64
from typing import Any

from infra.localcloud.machines.cluster.api import NOT_FOUND, Api, ApiProblem, Json


class NotYet(Exception):
    """Something the Pod needs is not there and may come. `reason`: as events name it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Sources:
    """Reads what one Pod refers to, in its own name space. `reason`: of a NotYet it raises."""

    def __init__(self, api: Api, pod: Json, reason: str) -> None:
        self.api = api
        self.reason = reason
        self.namespace: str = pod["metadata"]["namespace"]

    async def config_map(self, name: str, *, optional: bool) -> dict[str, bytes]:
        """Contents by key; empty when it is optional and not there. Raises NotYet."""
        found = await self._get("configmaps", name, optional=optional)
        text = {key: value.encode() for key, value in (found.get("data") or {}).items()}
        binary = (found.get("binaryData") or {}).items()
        return text | {key: base64.b64decode(value) for key, value in binary}

    async def secret(self, name: str, *, optional: bool) -> dict[str, bytes]:
        """As `config_map`."""
        found = await self._get("secrets", name, optional=optional)
        return {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}

    async def _get(self, kind: str, name: str, *, optional: bool) -> Json:
        try:
            return await self.api.get(f"/api/v1/namespaces/{self.namespace}/{kind}/{name}")
        except ApiProblem as problem:
            if problem.status == NOT_FOUND and optional:
                return {}
            # Also when it is forbidden: the API may not know yet that our Pod refers to it.
            raise NotYet(self.reason, f"{kind[:-1]} {name!r}: {problem.reason}") from None

    async def services(self) -> list[Json]:
        """All Services of the name space. Raises NotYet."""
        try:
            listed = await self.api.get(f"/api/v1/namespaces/{self.namespace}/services")
        except ApiProblem as problem:
            raise NotYet(self.reason, f"services: {problem.reason}") from None
        return list(listed["items"])


def field(pod: Json, path: str) -> str:
    """A field by the downward API's paths ("Downward API" in the Kubernetes documentation)."""
    metadata, status = pod["metadata"], pod.get("status", {})
    if path.startswith(("metadata.labels", "metadata.annotations")):
        return _of_map(metadata, path.removeprefix("metadata."))
    ours = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        "status.podIP": status.get("podIP", ""),
        "status.podIPs": status.get("podIP", ""),
        "status.hostIP": status.get("hostIP", ""),
        "status.hostIPs": status.get("hostIP", ""),
    }
    return str(ours[path])


def _of_map(metadata: Json, path: str) -> str:
    name, bracket, key = path.partition("[")
    values: dict[str, str] = metadata.get(name) or {}
    if bracket:
        return values.get(key.rstrip("]").strip("'\""), "")
    return "\n".join(f'{k}="{v}"' for k, v in sorted(values.items()))


def resource(container: Json, path: str) -> str:
    """`limits.memory` and the like, whole units; what has no limit is told as one core, 1 GiB."""
    kind, _, name = path.partition(".")
    resources: dict[str, Any] = container.get("resources") or {}
    value = (resources.get(kind) or {}).get(name) or {"cpu": "1", "memory": "1Gi"}.get(name, "0")
    return str(_number(str(value)))


def _number(quantity: str) -> int:
    """A Kubernetes quantity as a whole number, rounded up."""
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9}
    if quantity.endswith("m"):
        return -(-int(quantity[:-1]) // 1000)
    for unit, factor in units.items():
        if quantity.endswith(unit):
            return int(float(quantity.removesuffix(unit)) * factor)
    return int(float(quantity))
