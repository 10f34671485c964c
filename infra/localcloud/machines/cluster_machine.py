"""A machine that is a cluster: control plane, kubelet, and what stands beside them, all at once.

`python -m infra.localcloud.machines.cluster_machine --config FILE` runs one until SIGTERM.
Everything it starts ends with this process, however that ends.
"""

import argparse
import asyncio
import json
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Self

import infra.localcloud
from infra.localcloud.internet.child import Child
from infra.localcloud.machines import cluster_seed
from infra.localcloud.machines.cluster import config as cluster_config
from infra.localcloud.machines.control_plane import kubeconfig, slices
from infra.localcloud.machines.control_plane.plane import ControlPlane
from infra.localcloud.machines.control_plane.spec import ClusterSpec, Programs
from infra.localcloud.machines.kubelet import config as kubelet_config
from infra.localcloud.machines.layout import read_private, write_private

log = logging.getLogger(__name__)

IMAGES = Path(__file__).parent / "kubelet" / "images.toml"
# k3s keeps its things here.
_STATE = "var/lib/rancher/k3s"
_PACKAGES = Path(infra.localcloud.__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`root`: the machine's disk. `tls_names`: k3s's `--tls-san`. `upstream`: resolvers for Pods.

    `images`: files after our images.toml. `places`: what `{…}` means in them besides `python`,
    `python_bin` and `app_dir`.
    """

    name: str
    address: str
    root: Path
    python: Path
    app_dir: Path
    programs: Programs
    tls_names: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    images: tuple[Path, ...] = ()
    places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """From JSON with the same names; `programs` holds `kube` and `etcd`."""
        raw: dict[str, Any] = json.loads(path.read_text())
        paths = {name: Path(raw[name]) for name in ("root", "python", "app_dir")}
        programs = Programs(**{name: Path(value) for name, value in raw["programs"].items()})
        lists = {name: tuple(raw.get(name, ())) for name in ("tls_names", "upstream")}
        images = tuple(Path(name) for name in raw.get("images", ()))
        return cls(**{**raw, **paths, **lists, "images": images, "programs": programs})


class ClusterMachine:
    """The first machine of a cluster. `kubeconfig` is the admin's, good after `start`."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._folder = wanted.root / _STATE
        self._claim: slices.Claim | None = None
        self.plane: ControlPlane | None = None
        self.children: dict[str, Child] = {}

    @property
    def kubeconfig(self) -> Path:
        return self._folder / "k3s.yaml"

    async def start(self) -> float:
        """Return the seconds until the API was ready; the node follows by itself.

        Raises NotReady, NoSliceFree, OSError.
        """
        wanted = self._wanted
        claim = self._claim = self._addresses()
        slices.must_reach_pods(claim.slice.pods)
        spec = ClusterSpec(
            name=wanted.name,
            address=wanted.address,
            slice=claim.slice,
            folder=self._folder,
            tls_names=wanted.tls_names,
        )
        plane = self.plane = ControlPlane(spec, wanted.programs)
        seconds = await plane.start()
        # Where k3s puts it and as k3s writes it: for this machine itself.
        theirs = self.kubeconfig.read_text().replace(spec.server, "https://127.0.0.1:6443")
        write_private(wanted.root / cluster_seed.KUBECONFIG.lstrip("/"), theirs)
        await self._run("cluster", self._beside(spec))
        await self._run("kubelet", self._kubelet(plane))
        return seconds

    async def stop(self) -> None:
        """End everything: Pods first, the database last."""
        for child in reversed(self.children.values()):
            await child.stop()
        self.children.clear()
        if self.plane is not None:
            await self.plane.stop()
        if self._claim is not None:
            self._claim.close()

    def _addresses(self) -> slices.Claim:
        """The slice this disk has had before, or a free one, near its address's number."""
        kept = self._folder / "slice"
        number = int(read_private(kept)) if kept.exists() else None
        first_try = int(IPv4Address(self._wanted.address)) % slices.COUNT
        claim = slices.claim(number, first_try)
        write_private(kept, str(claim.slice.number))
        return claim

    def _beside(self, spec: ClusterSpec) -> Path:
        told = cluster_config.Config(
            kubeconfig=self.kubeconfig,
            node=spec.name,
            address=spec.address,
            services=spec.slice.services,
            names=spec.slice.names,
            domain=spec.domain,
            root=self._wanted.root,
            upstream=self._wanted.upstream,
        )
        path = self._folder / "cluster.json"
        told.write(path)
        return path

    def _kubelet(self, plane: ControlPlane) -> Path:
        wanted, spec, pki = self._wanted, plane.spec, plane.pki
        assert pki is not None
        user = pki.leaf(
            "client-kubelet",
            authority=pki.client,
            user=f"system:node:{spec.name}",
            groups=("system:nodes",),
        )
        serving = pki.leaf(
            "serving-kubelet",
            authority=pki.server,
            user=f"system:node:{spec.name}",
            hosts=(spec.name, spec.address),
        )
        ours = {
            "python": str(wanted.python),
            "python_bin": str(wanted.python.parent),
            "app_dir": str(wanted.app_dir),
        }
        told = kubelet_config.Config(
            name=spec.name,
            address=spec.address,
            kubeconfig=kubeconfig.write(
                self._folder / "cred" / "kubelet.kubeconfig",
                server=spec.server,
                authority=pki.server,
                user=user,
            ),
            folder=wanted.root / "var/lib/kubelet",
            root=wanted.root,
            images=(IMAGES, *wanted.images),
            places=ours | wanted.places,
            domain=spec.domain,
            names=spec.slice.names,
            api=spec.slice.api,
            certificate=serving.certificate,
            key=serving.key,
            client_ca=pki.client.certificate,
        )
        path = self._folder / "kubelet.json"
        told.write(path)
        return path

    async def _run(self, what: str, config: Path) -> None:
        """One of our own programs, from the folder that holds the package `infra`."""
        assert self.plane is not None
        module = f"infra.localcloud.machines.{what}"
        inside = ("env", "-C", str(_PACKAGES), "PYTHONDONTWRITEBYTECODE=1")
        argv = (*inside, str(self._wanted.python), "-m", module, "--config", str(config))

        async def prepared() -> Sequence[str]:
            return argv

        child = Child(name=what, prepare=prepared, log_file=self.plane.log_of(what))
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
            await ending
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
