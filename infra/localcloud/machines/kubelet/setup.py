"""What a Pod has before and around its containers: address, name spaces, files, volumes, argv."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.localcloud.machines.cluster.api import Api, Json
from infra.localcloud.machines.kubelet import environment, identity, network
from infra.localcloud.machines.kubelet.config import Config
from infra.localcloud.machines.kubelet.container import Mount, Start
from infra.localcloud.machines.kubelet.identity import Identity
from infra.localcloud.machines.kubelet.images import Images, Program
from infra.localcloud.machines.kubelet.network import AddressPool, Sandbox
from infra.localcloud.machines.kubelet.objects import NotYet, Sources
from infra.localcloud.machines.kubelet.volumes import Volumes
from infra.localcloud.machines.layout import CHECKOUT, write_private

_PUBLIC = 0o644
_API_SERVICE_PORT = "443"


class PodSetup:
    """Given by `connect` and `fill_volumes`, taken by `disconnect` and `remove_files`."""

    def __init__(
        self, pod: Json, *, api: Api, config: Config, images: Images, pool: AddressPool
    ) -> None:
        self._pod = pod
        self._config = config
        self._images = images
        self._pool = pool
        metadata = pod["metadata"]
        self._folder = config.pods / metadata["uid"]
        self.logs = log_folder(config, metadata["namespace"], metadata["name"], metadata["uid"])
        self._settings = Sources(api, pod, "CreateContainerConfigError")
        contents = Sources(api, pod, "FailedMount")
        self._volumes = Volumes(contents, pod, self._folder / "volumes", config.root)
        self._sandbox: Sandbox | None = None
        self._on_host: bool = bool(pod["spec"].get("hostNetwork"))
        self.node_address = config.address
        self.address = config.address if self._on_host else ""

    async def connect(self, *, with_processes: bool) -> None:
        """Give it its address, and name spaces if anything of it will run.

        Raises NetworkProblem.
        """
        spec, metadata = self._pod["spec"], self._pod["metadata"]
        hostname = (spec.get("hostname") or metadata["name"])[:63]
        if not self._on_host:
            self.address = self._pool.take()
            if with_processes:
                self._sandbox = await network.open_sandbox(
                    metadata["uid"], hostname, self.address, self._config.address
                )
        status = {"podIP": self.address, "hostIP": self._config.address}
        self._pod["status"] = {**self._pod.get("status", {}), **status}
        self._write_files(hostname)

    async def fill_volumes(self) -> None:
        """Raises NotYet while something it needs is not there."""
        await self._volumes.make()

    async def refresh_volumes(self) -> None:
        await self._volumes.refresh()

    async def check(self, container: Json) -> None:
        """What its settings refer to is there. Raises NotYet."""
        await self._variables(container, Program())

    async def prepare(self, container: Json, run: int) -> Start:
        """How this container is started. Raises NotYet."""
        program = self._images.find(container["image"])
        if program is None:
            raise NotYet("ErrImagePull", f"image {container['image']} is not listed")
        variables = await self._variables(container, program)

        def expand(text: str) -> str:
            return environment.expand(text, variables)

        argv = program.argv(container.get("command") or [], container.get("args") or [])
        folder = self._folder / "containers" / container["name"] / str(run)
        shutil.rmtree(folder, ignore_errors=True)
        become = identity.of(self._pod, container)
        mounts = self._volumes.mounts(container, expand)
        return Start(
            argv=[expand(word) for word in argv],
            environment=variables,
            cwd=container.get("workingDir") or program.cwd,
            mounts=_in_sight(program, [*_of_image(program, folder / "scratch", become), *mounts]),
            identity=become,
            enter=self._sandbox.enter if self._sandbox else [],
            files=self._folder / "etc",
            folder=folder,
            log=self.logs / container["name"] / f"{run}.log",
        )

    async def _variables(self, container: Json, program: Program) -> dict[str, str]:
        return await environment.build(self._settings, self._pod, container, program, self._given())

    async def disconnect(self) -> None:
        """Nothing of it runs any more: its name spaces and its address are given back."""
        if self._sandbox is not None:
            await self._sandbox.close()
            self._sandbox = None
        if self.address and not self._on_host:
            self._pool.give_back(self.address)
            self.address = ""

    def remove_files(self) -> None:
        """Its volumes and its logs; disks and claims stay."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(self.logs, ignore_errors=True)

    def _given(self) -> dict[str, str]:
        """Where the API is: what every Pod is told, as in a cluster."""
        host, port = str(self._config.api), _API_SERVICE_PORT
        return {
            "KUBERNETES_SERVICE_HOST": host,
            "KUBERNETES_SERVICE_PORT": port,
            "KUBERNETES_SERVICE_PORT_HTTPS": port,
            "KUBERNETES_PORT": f"tcp://{host}:{port}",
        }

    def _write_files(self, hostname: str) -> None:
        files, domain = self._folder / "etc", self._config.domain
        search = f"{self._pod['metadata']['namespace']}.svc.{domain} svc.{domain} {domain}"
        resolv = f"nameserver {self._config.names}\nsearch {search}\noptions ndots:5\n"
        hosts = f"127.0.0.1\tlocalhost\n{self.address}\t{hostname}\n"
        for alias in self._pod["spec"].get("hostAliases") or []:
            hosts += f"{alias['ip']}\t{' '.join(alias['hostnames'])}\n"
        write_private(files / "resolv.conf", resolv, _PUBLIC)
        write_private(files / "hosts", hosts, _PUBLIC)
        write_private(files / "hostname", f"{hostname}\n", _PUBLIC)


def log_folder(config: Config, namespace: str, name: str, uid: str) -> Path:
    """As the kubelet proper names it below /var/log/pods."""
    return config.logs / f"{namespace}_{name}_{uid}"


def _of_image(program: Program, scratch: Path, owner: Identity) -> list[Mount]:
    """What an image would have at places of its own: read-only, and folders to write into."""
    mounts = [Mount(Path(source), at, read_only=True) for at, source in program.files.items()]
    for number, at in enumerate(program.scratch):
        source = scratch / str(number)
        source.mkdir(parents=True)
        os.chown(source, owner.user or 0, owner.group)
        mounts.append(Mount(source, at, read_only=False))
    return mounts


def _in_sight(program: Program, mounts: Sequence[Mount]) -> list[Mount]:
    """With what the program is made of put back where a volume would hide it.

    A real image brings its own files; ours lie in this checkout and in the cache, and either may
    be below a folder, /tmp above all, that a Pod has a volume at.
    """
    given = tuple(program.files)  # already at places of the container's own
    folders = [Path(folder).resolve() for folder in program.path if not folder.startswith(given)]
    hidden = {
        place
        for place in (CHECKOUT, Path(sys.prefix), *folders)
        for mount in mounts
        if place.is_relative_to(mount.target)
    }
    return [*mounts, *(Mount(place, str(place), read_only=True) for place in sorted(hidden))]
