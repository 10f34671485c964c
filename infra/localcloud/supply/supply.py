"""Runs registry and Git server, fills both, and ends them."""

import asyncio
from functools import partial
from pathlib import Path

from infra.check import charts
from infra.localcloud import serving
from infra.localcloud.machines.cluster.forwarder import Forwarder
from infra.localcloud.supply import git_server, kit, repository
from infra.localcloud.supply.config import REPOSITORY, Config
from infra.localcloud.supply.registry import Registry

# The checkout this program lies in, and what of it a Sovereign's Flux reads.
SOURCE = charts.ROOT.parents[1]
TREE = "infra/clusters/_template"
# For the kubelet: which images of the kit have a program here.
IMAGES = Path(__file__).with_name("images.toml")


class Supply:
    def __init__(self, config: Config) -> None:
        self._config = config
        self.registry = Registry(
            config.registry_program, config.registry_host, config.state_dir / "registry"
        )
        self._serving: asyncio.Task[None] | None = None
        self._server: serving.Server | None = None
        self._doors: list[Forwarder] = []
        self.pushed: list[str] = []
        self.commit = ""

    async def start(self) -> None:
        """Return when the kit and the tree are there. Raises what filling raises, and OSError."""
        config = self._config
        repositories = config.state_dir / "git"
        repositories.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._open_doors()
        await self.registry.start()
        shelf = kit.Shelf(config.registry_host, config.helm)
        self.pushed, self.commit = await asyncio.gather(
            asyncio.to_thread(kit.publish, shelf, charts.every()),
            asyncio.to_thread(repository.publish, repositories / REPOSITORY, SOURCE, [TREE]),
        )
        git = git_server.build(repositories, config.push_key)
        self._server = serving.server(git, config.git.host, config.git.port)
        self._serving = await serving.begin(self._server)

    async def _open_doors(self) -> None:
        for door in self._config.doors:
            to = (door.to.host, door.to.port)
            forwarder = Forwarder((door.listen.host, door.listen.port), partial(list, [to]))
            await forwarder.start()
            self._doors.append(forwarder)

    async def stop(self) -> None:
        for door in self._doors:
            await door.stop()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        await self.registry.stop()
