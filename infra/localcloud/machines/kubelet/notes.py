"""Events of a Pod, as `kubectl describe` shows them. Losing one is no error."""

import logging
import uuid

from infra.localcloud.machines.cluster.api import Api, ApiProblem, Json
from infra.localcloud.machines.kubelet.status import now

log = logging.getLogger(__name__)


class Notes:
    """Writes events about one Pod; the same words again only when others came between."""

    def __init__(self, api: Api, pod: Json) -> None:
        self._api = api
        self._metadata: Json = pod["metadata"]
        self._node: str = pod["spec"].get("nodeName", "")
        self._last = ("", "")

    async def put(self, reason: str, message: str, kind: str) -> None:
        """`kind`: `Normal` or `Warning`."""
        if (reason, message) == self._last:
            return
        self._last = (reason, message)
        namespace, at = self._metadata["namespace"], now()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{self._metadata['name']}.{uuid.uuid4().hex[:16]}"},
            "involvedObject": {
                "kind": "Pod",
                "apiVersion": "v1",
                "namespace": namespace,
                "name": self._metadata["name"],
                "uid": self._metadata["uid"],
            },
            "reason": reason,
            "message": message[:1000],
            "type": kind,
            "source": {"component": "kubelet", "host": self._node},
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
        }
        try:
            await self._api.create(f"/api/v1/namespaces/{namespace}/events", event)
        except ApiProblem as problem:
            log.info("event %s of %s is lost: %s", reason, self._metadata["name"], problem)
