"""A machine that is a cluster: control plane, kubelet, and what stands beside them, all at once.

`python -m infra.localcloud.machines.cluster_machine --config FILE` runs one until SIGTERM.
Everything it starts ends with this process, however that ends.
"""

import argparse
import asyncio
import logging
import signal
from ipaddress import IPv4Address
from pathlib import Path

from infra.localcloud.internet.child import Child
from infra.localcloud.machines import cluster_seed
from infra.localcloud.machines.cluster import config as cluster_config
from infra.localcloud.machines.control_plane import slices
from infra.localcloud.machines.control_plane.plane import ControlPlane
from infra.localcloud.machines.control_plane.spec import ClusterSpec
from infra.localcloud.machines.gateway.gateway import Gateway
from infra.localcloud.machines.layout import read_private, write_private
from infra.localcloud.machines.user_data import node
from infra.localcloud.machines.user_data.wanted import STATE, Wanted

log = logging.getLogger(__name__)


__all__ = ["IMAGES", "ClusterMachine", "Wanted"]

IMAGES = node.IMAGES
_ROLE, _ROLES = "node-role.kubernetes.io/", ("control-plane", "etcd")


class ClusterMachine:
    """A control plane: the first one, or one that joins. `kubeconfig` is the admin's, good after
    `start`.

    `joins`: addresses of control planes whose cluster this is; slice and authorities are there.
    """

    def __init__(self, wanted: Wanted, joins: tuple[str, ...] = ()) -> None:
        self._wanted = wanted
        self._joins = joins
        self._standing_by: asyncio.Task[None] | None = None
        self._folder = wanted.root / STATE
        self._claim: slices.Claim | None = None
        self.plane: ControlPlane | None = None
        self.children: dict[str, Child] = {}
        self.gateway: Gateway | None = None

    @property
    def kubeconfig(self) -> Path:
        return self._folder / "k3s.yaml"

    async def start(self) -> float:
        """Return the seconds until the API was ready; the node follows by itself.

        Raises NotReady, NoSliceFree, OSError.
        """
        wanted = self._wanted
        addresses = self._addresses()
        slices.must_reach_pods(addresses.pods)
        spec = ClusterSpec(
            name=wanted.name,
            address=wanted.address,
            slice=addresses,
            folder=self._folder,
            tls_names=wanted.tls_names,
            joins=self._joins,
        )
        plane = self.plane = ControlPlane(spec, wanted.programs)
        seconds = await plane.start()
        # Where k3s puts it and as k3s writes it: for this machine itself.
        theirs = self.kubeconfig.read_text().replace(spec.server, "https://127.0.0.1:6443")
        path = wanted.root / cluster_seed.KUBECONFIG.lstrip("/")
        write_private(path, theirs, wanted.kubeconfig_mode)
        self._standing_by = asyncio.create_task(self._stand_by(spec), name="cluster")
        assert plane.pki is not None
        await self._run("kubelet", node.told(wanted, spec, plane.pki, server=spec.server))
        self.gateway = node.gateway(wanted, spec, plane.pki, server=spec.server)
        return seconds

    async def label(self) -> None:
        labels = (*self._wanted.labels, *(f"{_ROLE}{role}=true" for role in _ROLES))
        await node.label(self.kubeconfig, self._wanted.name, labels)

    async def stop(self) -> None:
        """End everything: Pods first, the database last."""
        if self._standing_by is not None:
            self._standing_by.cancel()
            await asyncio.gather(self._standing_by, return_exceptions=True)
        if self.gateway is not None:
            await self.gateway.stop()
        for child in reversed(self.children.values()):
            await child.stop()
        self.children.clear()
        if self.plane is not None:
            await self.plane.stop()
        if self._claim is not None:
            self._claim.close()

    def _addresses(self) -> slices.Slice:
        """The slice this cluster has, or for a new one a free one near its address's number."""
        kept = self._folder / "slice"
        if kept.exists():
            return slices.Slice(int(read_private(kept)))
        first_try = int(IPv4Address(self._wanted.address)) % slices.COUNT
        self._claim = slices.claim(first_try)
        write_private(kept, str(self._claim.slice.number))
        return self._claim.slice

    async def _stand_by(self, spec: ClusterSpec) -> None:
        """Serve what a cluster has once, Services and names, when no other control plane does."""
        if self._claim is None:
            self._claim = await slices.stand_by(spec.slice.number)
        log.info("serving Services and names of the cluster")
        await self._run("cluster", self._beside(spec))

    def _beside(self, spec: ClusterSpec) -> Path:
        told = cluster_config.Config(
            kubeconfig=self.kubeconfig,
            address=spec.address,
            services=spec.slice.services,
            names=spec.slice.names,
            domain=spec.domain,
            root=self._wanted.root,
            upstream=self._wanted.upstream,
            helm=self._wanted.programs.helm,
        )
        path = self._folder / "cluster.json"
        told.write(path)
        return path

    async def _run(self, what: str, config: Path) -> None:
        assert self.plane is not None
        child = node.program(self._wanted.python, what, config, self.plane.log_of(what))
        self.children[what] = child
        await child.start()


async def _serve(machine: ClusterMachine) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    starting = asyncio.create_task(machine.start())
    ending = asyncio.create_task(end.wait())
    try:
        await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            log.info("the API was ready after %.1f s", starting.result())
            labelling = asyncio.create_task(machine.label())
            await ending
            labelling.cancel()
    finally:
        starting.cancel()
        await machine.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(_serve(ClusterMachine(Wanted.read(parser.parse_args().config))))


if __name__ == "__main__":
    main()
