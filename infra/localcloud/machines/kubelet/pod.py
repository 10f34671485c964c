"""The life of one Pod on this node: set-up, init containers, containers, end, and what is told."""

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Any

from infra.localcloud.machines.cluster.api import (
    CONFLICT,
    NOT_FOUND,
    STAND_IN,
    Api,
    ApiProblem,
    Json,
)
from infra.localcloud.machines.kubelet import lifecycle, logs, status
from infra.localcloud.machines.kubelet.container import Running
from infra.localcloud.machines.kubelet.lifecycle import Container
from infra.localcloud.machines.kubelet.network import NetworkProblem
from infra.localcloud.machines.kubelet.notes import Notes
from infra.localcloud.machines.kubelet.objects import NotYet
from infra.localcloud.machines.kubelet.setup import PodSetup
from infra.localcloud.machines.kubelet.status import ContainerState

log = logging.getLogger(__name__)

SIMULATED = "catalyst.openova.io/simulated"
SIMULATED_WORDS = "catalyst.openova.io/simulated-because"
_REFRESH_SECONDS = 10.0
_API_AGAIN_SECONDS = 0.5
_GONE = (NOT_FOUND, CONFLICT)


class PodWorker:
    """Runs one Pod until it is done or deleted; whatever goes wrong is reported, not raised."""

    def __init__(
        self,
        pod: Json,
        *,
        api: Api,
        setup: PodSetup,
        simulated: set[str],
        stand_ins: Collection[str],
    ) -> None:
        """`simulated`: images of this Pod that are not listed, so that nothing is started.

        `stand_ins`: what another program stands for in it, in words.
        """
        self._pod = pod
        self._api = api
        self._setup = setup
        metadata = pod["metadata"]
        self.uid: str = metadata["uid"]
        self._name = f"{metadata['namespace']}/{metadata['name']}"
        self._path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        self._stand_ins = "; ".join(stand_ins)
        self._simulations: list[str] = []
        self._notes = Notes(api, pod)
        spec = pod["spec"]
        self._policy: str = spec.get("restartPolicy") or "Always"
        self._inits = [_state(pod, c, simulated) for c in spec.get("initContainers") or []]
        self._mains = [_state(pod, c, simulated) for c in spec["containers"]]
        self._live: list[Container] = []
        self._began = pod.get("status", {}).get("startTime") or status.now()
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = False

    def begin(self) -> None:
        """Start it; returns at once."""
        self._task(self._run(), "run")
        self._task(self._publish(), "status")

    def update(self, pod: Json) -> None:
        """News of this Pod: the only one that matters here is that it is to go."""
        metadata = pod["metadata"]
        if metadata.get("deletionTimestamp") and not self._ending:
            self._ending = True
            grace = metadata.get("deletionGracePeriodSeconds", lifecycle.DEFAULT_GRACE)
            self._task(self._end(float(grace)), "end")

    def running(self, container: str) -> Running | None:
        """The run of a container that is on, if there is a process of it."""
        runs = (each.running for each in self._live if each.spec["name"] == container)
        return next((run for run in runs if run is not None), None)

    async def drop(self) -> None:
        """The API has forgotten it: leave nothing of it."""
        await self.halt()
        self._setup.remove_files()

    async def halt(self) -> None:
        """This kubelet ends: leave nothing of it running; the next one starts it again."""
        await self._cancel_tasks()
        await self._setup.disconnect()

    # The way up.

    async def _run(self) -> None:
        try:
            anything = not all(state.simulated for state in (*self._inits, *self._mains))
            await self._setup.connect(with_processes=anything)
            if self._stand_ins:
                self._note("StandIn", self._stand_ins, "Normal")
            self._news.set()
            await self._fill_volumes()
            if await self._initialize():
                await self._main()
        except NetworkProblem as problem:
            self._note("FailedCreatePodSandBox", str(problem), "Warning")
        except ApiProblem as problem:
            self._note("Failed", str(problem), "Warning")
        except Exception:
            log.exception("%s cannot run", self._name)

    async def _fill_volumes(self) -> None:
        while True:
            try:
                await self._setup.fill_volumes()
            except NotYet as missing:
                self._note(missing.reason, str(missing), "Warning")
                await asyncio.sleep(lifecycle.ASK_AGAIN_SECONDS)
            else:
                return

    async def _initialize(self) -> bool:
        """Init containers one after the other; whether the others may start."""
        for spec, state in zip(
            self._pod["spec"].get("initContainers") or [], self._inits, strict=True
        ):
            sidecar = spec.get("restartPolicy") == "Always"
            if state.simulated:
                await self._simulate(spec, state, goes_on=sidecar)
                continue
            container = self._container(spec, state)
            if sidecar:
                self._task(container.live("Always"), f"sidecar {state.name}")
                await container.up.wait()
                continue
            await container.live("Never" if self._policy == "Never" else "OnFailure")
            if state.exit_code != 0:
                return False
        return True

    async def _main(self) -> None:
        refreshing = self._task(self._refresh_volumes(), "volumes")
        runs = []
        for spec, state in zip(self._pod["spec"]["containers"], self._mains, strict=True):
            life = (
                self._simulate(spec, state, goes_on=True)
                if state.simulated
                else self._container(spec, state).live(self._policy)
            )
            runs.append(self._task(life, state.name))
        await asyncio.gather(*runs)
        if any(state.simulated for state in self._mains):
            return
        # It is done. Its sidecars end now, and its address is free for others.
        refreshing.cancel()
        await self._stop_containers(lifecycle.DEFAULT_GRACE)
        await self._setup.disconnect()

    def _container(self, spec: Json, state: ContainerState) -> Container:
        container = Container(
            spec,
            state,
            address=self._setup.address,
            prepare=self._setup.prepare,
            changed=self._news.set,
            note=self._note,
        )
        self._live.append(container)
        return container

    async def _simulate(self, spec: Json, state: ContainerState, *, goes_on: bool) -> None:
        """Report what is not listed as running, and say that it is not: never silently."""
        # It would not start either without what its settings refer to.
        await lifecycle.once_possible(
            lambda: self._setup.check(spec), state, changed=self._news.set, note=self._note
        )
        words = f"{state.name}: no program for image {state.image} here, no process was started"
        log.warning("%s: %s", self._name, words)
        self._simulations.append(words)
        logs.write(self._setup.logs / state.name / "0.log", words)
        self._note("Simulated", words, "Warning")
        state.since = status.now()
        state.started = state.ready = True
        state.state = "running" if goes_on else "terminated"
        if not goes_on:
            state.exit_code, state.finished, state.ended = 0, True, status.now()
        self._news.set()

    async def _refresh_volumes(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_SECONDS)
            try:
                await self._setup.refresh_volumes()
            except (NotYet, ApiProblem) as problem:
                log.info("%s: volumes stay as they are: %s", self._name, problem)

    # The way down.

    async def _end(self, grace: float) -> None:
        await self._stop_containers(grace)
        me = asyncio.current_task()
        await self._cancel_tasks(but=me)
        for state in (*self._inits, *self._mains):
            state.ready = state.started = False
            if state.state != "terminated":
                state.state, state.ended = "terminated", status.now()
                state.exit_code = 0 if state.simulated else state.exit_code or 137
            state.finished = True
        await self._forget()
        await self._setup.disconnect()

    async def _forget(self) -> None:
        """Tell how it ended, then tell the API that nothing of it is left here."""
        while True:
            try:
                await self._report()
                body = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
                await self._api.delete(self._path, body)
            except ApiProblem as problem:
                if problem.status in _GONE:
                    return
                log.warning("%s: %s", self._name, problem)
                await asyncio.sleep(_API_AGAIN_SECONDS)
            else:
                return

    async def _stop_containers(self, grace: float) -> None:
        for container in self._live:
            container.ending = True
        await asyncio.gather(*(container.stop(grace) for container in self._live))

    async def _cancel_tasks(self, but: asyncio.Task[None] | None = None) -> None:
        others = [task for task in self._tasks if task is not but]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # What is told.

    async def _publish(self) -> None:
        """Report whenever there is news; news that come together are told together."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._report()
            except ApiProblem as problem:
                if problem.status in _GONE:
                    continue
                log.warning("%s: status: %s", self._name, problem)
                self._news.set()
                await asyncio.sleep(_API_AGAIN_SECONDS)

    async def _report(self) -> None:
        told = status.report(
            self._pod,
            inits=self._inits,
            mains=self._mains,
            address=self._setup.address,
            node_address=self._setup.node_address,
            began=self._began,
        )
        # With the uid: a Pod of the same name may be there already.
        metadata: dict[str, Any] = {"uid": self.uid}
        marks = {STAND_IN: self._stand_ins} if self._stand_ins else {}
        if any(state.simulated for state in (*self._inits, *self._mains)):
            marks |= {SIMULATED: "true", SIMULATED_WORDS: "; ".join(self._simulations)}
        if marks:
            metadata["annotations"] = marks
        answer = await self._api.patch(
            f"{self._path}/status", {"metadata": metadata, "status": told}
        )
        self._pod["status"] = answer["status"]

    def _note(self, reason: str, message: str, kind: str) -> None:
        self._task(self._notes.put(reason, message, kind), f"event {reason}")

    def _task(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=f"{self._name} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _state(pod: Json, spec: Json, simulated: set[str]) -> ContainerState:
    """A container that ran before this kubelet did is started again, and counted so."""
    state = ContainerState(name=spec["name"], image=spec["image"])
    state.simulated = spec["image"] in simulated
    state.resources = spec.get("resources") or {}
    listed = pod.get("status", {})
    for kind in ("initContainerStatuses", "containerStatuses"):
        for old in listed.get(kind) or []:
            if old["name"] == spec["name"]:
                state.restarts = old["restartCount"] + ("waiting" not in old["state"])
    return state
