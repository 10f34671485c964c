"""Starts traefik as soon as the cluster serves the Gateway API, and keeps it alive."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.localcloud.internet.child import Child
from infra.localcloud.machines.cluster.api import Api, ApiProblem
from infra.localcloud.machines.gateway import rights
from infra.localcloud.machines.layout import write_private

log = logging.getLogger(__name__)

# Where the load balancer's targets point (infra/hetzner/load_balancer.tf); bp-gateway's `ports`.
HTTP_PORT, HTTPS_PORT = 31080, 31443
# What a GatewayClass names for traefik to answer it (traefik's documentation).
CONTROLLER = "traefik.io/gateway-controller"
_KINDS = ("gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "referencegrants")
_LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class GatewaySpec:
    """`address`: where it listens. `admin`, `own`: kubeconfigs. `folder`: what it keeps."""

    address: str
    traefik: Path
    admin: Path
    own: Path
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "traefik.log"


class Gateway:
    def __init__(self, spec: GatewaySpec) -> None:
        self.spec = spec
        self.child = Child(name="traefik", prepare=self._argv, log_file=spec.log)
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Come up by itself, once the cluster knows Gateways: traefik alone would not wait long."""
        self.spec.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._starting = asyncio.create_task(self._come_up(), name="gateway")

    async def stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self.child.stop()

    async def _come_up(self) -> None:
        async with Api(self.spec.admin) as api:
            await rights.have(api)
            while not await _served(api):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        await self.child.start()
        log.info("traefik listens at %s, ports %s, %s", self.spec.address, HTTP_PORT, HTTPS_PORT)

    async def _argv(self) -> Sequence[str]:
        # YAML that is JSON. Ports are those of the Gateway's listeners: traefik joins the two by
        # their number.
        told = {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "log": {"level": "INFO", "noColor": True},
            "entryPoints": {
                "http": {"address": f"{self.spec.address}:{HTTP_PORT}"},
                "https": {"address": f"{self.spec.address}:{HTTPS_PORT}"},
            },
            "providers": {"kubernetesGateway": {"statusAddress": {"ip": self.spec.address}}},
        }
        path = self.spec.folder / "traefik.yaml"
        write_private(path, json.dumps(told))
        return (
            *("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", f"KUBECONFIG={self.spec.own}"),
            *(str(self.spec.traefik), f"--configFile={path}"),
        )


async def _served(api: Api) -> bool:
    try:
        found = await api.get("/apis/gateway.networking.k8s.io/v1")
    except ApiProblem:
        return False
    return {each["name"] for each in found["resources"]} >= set(_KINDS)
