"""The local-path provisioner: a folder on the machine's disk for every claim of its class.

It only answers claims; binding is the real controller's. A folder goes with its claim.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from infra.localcloud.machines.cluster.api import CONFLICT, NOT_FOUND, Api, ApiProblem, Json
from infra.localcloud.machines.cluster.mirror import Mirror

log = logging.getLogger(__name__)

CLASS = "local-path"
PROVISIONER = "rancher.io/local-path"
STORAGE = "/var/lib/rancher/k3s/storage"  # k3s
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_AGAIN_SECONDS = 1.0


class Provisioner:
    """`root`: the disk of this machine. Folders on other machines go when those are erased."""

    def __init__(self, api: Api, root: Path) -> None:
        self._api = api
        self._root = root
        self._tasks: set[asyncio.Task[None]] = set()
        claims = Mirror(api, "/api/v1/persistentvolumeclaims", self._claim)
        volumes = Mirror(api, "/api/v1/persistentvolumes", self._volume)
        self.mirrors = (claims, volumes)

    def _claim(self, key: str, claim: Json | None) -> None:
        if claim is None or claim["spec"].get("storageClassName") != CLASS:
            return
        node = (claim["metadata"].get("annotations") or {}).get(_SELECTED_NODE)
        if node and not claim["spec"].get("volumeName"):
            self._soon(self._provide(claim, node))

    def _volume(self, key: str, volume: Json | None) -> None:
        if volume is None or volume["spec"].get("storageClassName") != CLASS:
            return
        if (
            volume.get("status", {}).get("phase") == "Released"
            and volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
        ):
            self._soon(self._remove(volume))

    async def _provide(self, claim: Json, node: str) -> None:
        metadata, spec = claim["metadata"], claim["spec"]
        name = f"pvc-{metadata['uid']}"
        affinity = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {_PROVISIONED_BY: PROVISIONER}},
            "spec": {
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "accessModes": spec["accessModes"],
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": CLASS,
                "hostPath": {
                    "path": f"{STORAGE}/{name}_{metadata['namespace']}_{metadata['name']}",
                    "type": "DirectoryOrCreate",
                },
                "claimRef": {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "namespace": metadata["namespace"],
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                },
                "nodeAffinity": {
                    "required": {"nodeSelectorTerms": [{"matchExpressions": [affinity]}]}
                },
            },
        }
        await self._insist(lambda: self._api.create("/api/v1/persistentvolumes", volume))

    async def _remove(self, volume: Json) -> None:
        path = str(volume["spec"]["hostPath"]["path"])
        shutil.rmtree(self._root / path.lstrip("/"), ignore_errors=True)
        name = volume["metadata"]["name"]
        await self._insist(lambda: self._api.delete(f"/api/v1/persistentvolumes/{name}"))

    async def _insist(self, act: Callable[[], Awaitable[Json]]) -> None:
        """Until it is done, or was already."""
        while True:
            try:
                await act()
            except ApiProblem as problem:
                if problem.status in (CONFLICT, NOT_FOUND):
                    return
                log.warning("local-path: %s", problem)
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return

    def _soon(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
