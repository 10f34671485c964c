"""Follows the Pods bound to this node and has one worker for each."""

import asyncio
import logging
import shutil
from collections.abc import Coroutine
from typing import Any

from infra.localcloud.machines.cluster.api import Api, ApiProblem, Json
from infra.localcloud.machines.cluster.mirror import Mirror
from infra.localcloud.machines.kubelet import node
from infra.localcloud.machines.kubelet.config import Config
from infra.localcloud.machines.kubelet.container import Running
from infra.localcloud.machines.kubelet.images import Images
from infra.localcloud.machines.kubelet.network import AddressPool
from infra.localcloud.machines.kubelet.pod import PodWorker
from infra.localcloud.machines.kubelet.setup import PodSetup

log = logging.getLogger(__name__)

_DONE = ("Succeeded", "Failed")


class Kubelet:
    """One node. One that was killed took its processes with it; the next starts them again."""

    def __init__(self, api: Api, config: Config) -> None:
        self._api = api
        self._config = config
        self._images = Images(config.images, config.places)
        self._workers: dict[str, PodWorker] = {}
        self._drops: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until cancelled; then none of its processes is left."""
        network = await node.register(self._api, self._config)
        self._pool = AddressPool(network)
        mine = {"fieldSelector": f"spec.nodeName={self._config.name}"}
        await self._sweep(mine)
        pods = Mirror(self._api, "/api/v1/pods", self._changed, **mine)
        log.info("node %s serves, Pods at %s", self._config.name, network)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(node.keep(self._api, self._config))
                group.create_task(pods.run())
        finally:
            await asyncio.gather(*(worker.halt() for worker in self._workers.values()))
            await asyncio.gather(*self._drops)

    def running(self, namespace: str, pod: str, container: str) -> Running | None:
        """The run of a container that is on, if there is a process of it."""
        worker = self._workers.get(f"{namespace}/{pod}")
        return worker.running(container) if worker else None

    async def _sweep(self, mine: dict[str, str]) -> None:
        """Remove what is left of Pods that went while no kubelet was here."""
        listed = await self._api.get("/api/v1/pods", **mine)
        known = {pod["metadata"]["uid"] for pod in listed["items"]}
        for folder in self._config.pods.glob("*"):
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _changed(self, key: str, pod: Json | None) -> None:
        worker = self._workers.get(key)
        if worker is not None and (pod is None or pod["metadata"]["uid"] != worker.uid):
            del self._workers[key]
            self._soon(worker.drop())
            worker = None
        if pod is None:
            return
        if worker is None and pod.get("status", {}).get("phase") in _DONE:
            if pod["metadata"].get("deletionTimestamp"):
                self._soon(self._delete(pod))
            return
        if worker is None:
            worker = self._workers[key] = self._worker(pod)
            worker.begin()
        worker.update(pod)

    def _worker(self, pod: Json) -> PodWorker:
        setup = PodSetup(
            pod, api=self._api, config=self._config, images=self._images, pool=self._pool
        )
        spec = pod["spec"]
        containers = [*(spec.get("initContainers") or []), *spec["containers"]]
        found = {c["image"]: self._images.find(c["image"]) for c in containers}
        return PodWorker(
            pod,
            api=self._api,
            setup=setup,
            simulated={image for image, program in found.items() if program is None},
            stand_ins=[p.stands_for for p in found.values() if p is not None and p.stands_for],
        )

    async def _delete(self, pod: Json) -> None:
        """One that was done before this kubelet started: nothing of it is here."""
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        try:
            await self._api.delete(path, body)
        except ApiProblem as problem:
            log.warning("%s: %s", metadata["name"], problem)

    def _soon(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._drops.add(task)
        task.add_done_callback(self._drops.discard)
