"""Starts a control plane, waits until it answers, keeps it alive and ends it.

The programs die with this process however it ends, and are started again when they die alone.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from infra.localcloud.internet.child import Child
from infra.localcloud.machines.cluster.api import Api, ApiProblem
from infra.localcloud.machines.control_plane import components, kubeconfig
from infra.localcloud.machines.control_plane.components import Component
from infra.localcloud.machines.control_plane.membership import Members
from infra.localcloud.machines.control_plane.pki import Pki
from infra.localcloud.machines.control_plane.spec import (
    ETCD_CLIENT_PORT,
    ClusterSpec,
    Programs,
)

READY_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.1


class NotReady(RuntimeError):
    """The API did not say it is ready in time; the message says where its log is."""


class ControlPlane:
    """One machine's control plane. `kubeconfig` is the admin's, good after `start`."""

    def __init__(self, spec: ClusterSpec, programs: Programs) -> None:
        self.spec = spec
        self._programs = programs
        self.kubeconfig = spec.folder / "k3s.yaml"
        self.pki: Pki | None = None
        self.children: dict[str, Child] = {}
        self._promoting: asyncio.Task[None] | None = None

    async def start(self) -> float:
        """Start everything and return the seconds until ready. Raises NotReady, OSError."""
        began = time.monotonic()
        self.spec.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.pki = pki = await asyncio.to_thread(Pki, self.spec.folder / "tls")
        kubeconfig.write(
            self.kubeconfig,
            server=self.spec.server,
            authority=pki.server,
            user=components.admin(self.spec, pki),
        )
        await self._run(components.etcd(self.spec, self._programs, pki, await self._others(pki)))
        # All at once: each tries again until the one it needs is there.
        for make in (
            components.api_server,
            components.controller_manager,
            components.scheduler,
        ):
            await self._run(make(self.spec, self._programs, pki))
        if self.spec.joins:
            self._promoting = asyncio.create_task(self.promote(pki))
        await self._ready()
        return time.monotonic() - began

    async def stop(self) -> None:
        """End everything, the database last."""
        if self._promoting is not None:
            self._promoting.cancel()
            await asyncio.gather(self._promoting, return_exceptions=True)
        for child in reversed(self.children.values()):
            await child.stop()
        self.children.clear()

    async def _others(self, pki: Pki) -> str:
        """The members to begin with, when we join and have not yet."""
        if not self.spec.joins or (self.spec.folder / "etcd/member").exists():
            return ""
        return await self._members(pki).join(self.spec.name, self.spec.etcd_peer)

    async def promote(self, pki: Pki) -> None:
        """See that our etcd is a voter; insists."""
        # Ours may say so too: after a restart it is one already, whether or not the others answer.
        await self._members(pki, self.spec.etcd).promote(self.spec.etcd_peer)

    def _members(self, pki: Pki, *more: str) -> Members:
        there = [f"https://{address}:{ETCD_CLIENT_PORT}" for address in self.spec.joins]
        return Members([*there, *more], authority=pki.etcd, client=components.etcd_client(pki))

    async def _run(self, component: Component) -> None:
        async def argv() -> Sequence[str]:
            return component.argv

        child = Child(name=component.name, prepare=argv, log_file=self.log_of(component.name))
        self.children[component.name] = child
        await child.start()

    def log_of(self, name: str) -> Path:
        return self.spec.logs / f"{name}.log"

    async def _ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        last = "no answer"
        async with Api(self.kubeconfig) as api:
            while time.monotonic() < deadline:
                try:
                    await api.ready()
                except ApiProblem as problem:
                    last = str(problem)
                else:
                    return
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        where = self.log_of("kube-apiserver")
        raise NotReady(f"the API is not ready after {READY_SECONDS:.0f} s: {last}; log: {where}")
