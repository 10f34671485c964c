"""Starts Flux on a cluster, waits until it works, keeps it alive and ends it."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from infra.check import charts
from infra.localcloud.internet.child import Child
from infra.localcloud.machines.flux import controllers
from infra.localcloud.machines.flux.controllers import NAMESPACE, FluxSpec, Programs

READY_SECONDS = 60.0
CRDS = charts.ROOT / "flux" / "crds"
_LOOK_AGAIN_SECONDS = 0.1


class FluxProblem(RuntimeError):
    """The cluster does not take Flux's kinds, or a controller does not get ready."""


class Flux:
    def __init__(self, spec: FluxSpec, programs: Programs) -> None:
        self.spec = spec
        self._programs = programs
        self.children: dict[str, Child] = {}

    async def start(self) -> float:
        """Return the seconds until all controllers were ready. Raises FluxProblem, OSError."""
        began = time.monotonic()
        for folder in (self.spec.folder / "tmp", self.spec.folder / "artifacts"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._have_kinds()
        for name, argv in controllers.all_of(self.spec, self._programs).items():
            await self._run(name, argv)
        await asyncio.gather(*(self._ready(name) for name in self.children))
        return time.monotonic() - began

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child in self.children.values()))
        self.children.clear()

    async def apply(self, objects: Sequence[object]) -> None:
        """Apply objects as `kubectl apply --server-side` does. Raises FluxProblem."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        await self._kubectl(*_APPLY, "-", told=json.dumps(listed))

    async def _have_kinds(self) -> None:
        """The namespace and the definitions of Flux's kinds, and the API serving them."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        await self.apply([namespace])
        await self._kubectl(*_APPLY, str(CRDS))
        await self._kubectl(
            *("wait", "--for=condition=Established", f"--timeout={READY_SECONDS:.0f}s"),
            *("--filename", str(CRDS)),
        )

    async def _run(self, name: str, argv: Sequence[str]) -> None:
        async def prepared() -> Sequence[str]:
            return argv

        child = Child(name=name, prepare=prepared, log_file=self.log_of(name))
        self.children[name] = child
        await child.start()

    def log_of(self, name: str) -> Path:
        return self.spec.folder / f"{name}.log"

    async def _ready(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while time.monotonic() < deadline:
                try:
                    answer = await client.get(f"http://{self.spec.health(name)}/readyz")
                    answer.raise_for_status()
                except httpx.HTTPError:
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                else:
                    return
        raise FluxProblem(f"{name} is not ready after {READY_SECONDS:.0f} s: {self.log_of(name)}")

    async def _kubectl(self, *arguments: str, told: str = "") -> None:
        process = await asyncio.create_subprocess_exec(
            *(str(self._programs.kubectl), "--kubeconfig", str(self.spec.kubeconfig), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await process.communicate(told.encode())
        if process.returncode != 0:
            raise FluxProblem(f"kubectl {arguments[0]}: {words.decode().strip()}")


_APPLY = (
    *("apply", "--server-side", "--force-conflicts", "--field-manager=catalyst-localcloud"),
    "--filename",
)
