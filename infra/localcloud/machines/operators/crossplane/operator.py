"""Follows packages and XRDs, makes their kinds, and tells on each object what is not done here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from infra.localcloud.machines.cluster.api import MERGE, Api, Json
from infra.localcloud.machines.cluster.mirror import Mirror
from infra.localcloud.machines.operators.crossplane import kinds
from infra.localcloud.machines.operators.loop import Later, Loop, condition, find, holds, tell

log = logging.getLogger(__name__)

PACKAGES = "/apis/pkg.crossplane.io/v1"
DEFINITIONS = "/apis/apiextensions.crossplane.io/v1/compositeresourcedefinitions"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NOTHING = "Nothing is composed and no cloud is changed from here: " + kinds.WORDS


class Operator:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._group: asyncio.TaskGroup | None = None
        self._followed: set[str] = set()
        self._loops: list[Loop] = []
        self._mirrors: list[Mirror] = []
        for plural in ("providers", "functions", "configurations"):
            path = f"{PACKAGES}/{plural}"
            self._follow(path, partial(self._package, path))
        self._follow(DEFINITIONS, self._definition)

    async def run(self) -> None:
        log.info("%s: kinds and conditions; no cloud is changed from here", kinds.WORDS)
        async with asyncio.TaskGroup() as group:
            self._group = group
            for mirror in self._mirrors:
                group.create_task(mirror.run())
            for loop in self._loops:
                group.create_task(loop.run())

    def _follow(self, path: str, look: Callable[[Json], Awaitable[None]]) -> None:
        """Look at every object below a path whenever there is news of it."""
        if path in self._followed:
            return
        self._followed.add(path)

        async def one(key: str) -> None:
            item = mirror.items.get(key)
            if item is not None and not item["metadata"].get("deletionTimestamp"):
                await look(item)

        loop = Loop(one)
        mirror = Mirror(self._api, path, lambda key, _: loop.soon(key))
        self._loops.append(loop)
        self._mirrors.append(mirror)
        if self._group is not None:
            self._group.create_task(loop.run())
            self._group.create_task(mirror.run())

    async def _package(self, path: str, item: Json) -> None:
        name, source = item["metadata"]["name"], item["spec"]["package"]
        package = kinds.package_of(source)
        if path.endswith("/providers"):
            try:
                definitions = kinds.of_provider(package)
            except LookupError as reason:
                unknown = ("Healthy", False, "UnknownPackage", str(reason))
                await self._tell(f"{path}/{name}", item, [unknown])
                return
            await self._have(definitions)
        await self._tell(
            f"{path}/{name}",
            item,
            [
                ("Installed", True, "ActivePackageRevision", kinds.WORDS),
                ("Healthy", True, "HealthyPackageRevision", kinds.WORDS),
            ],
            currentIdentifier=source,
        )

    async def _definition(self, xrd: Json) -> None:
        spec = xrd["spec"]
        await self._have(kinds.of_definition(xrd))
        stored = next(each["name"] for each in spec["versions"] if each["referenceable"])
        told = [("Established", True, "WatchingCompositeResource", kinds.WORDS)]
        if claim := spec.get("claimNames"):
            told.append(("Offered", True, "WatchingCompositeResourceClaim", kinds.WORDS))
            api = f"/apis/{spec['group']}/{stored}"
            self._follow(f"{api}/{claim['plural']}", partial(self._claim, api, claim["plural"]))
        await self._tell(f"{DEFINITIONS}/{xrd['metadata']['name']}", xrd, told)

    async def _claim(self, api: str, plural: str, claim: Json) -> None:
        metadata = claim["metadata"]
        path = f"{api}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
        told = [("Synced", False, "StandIn", NOTHING), ("Ready", False, "Waiting", NOTHING)]
        await self._tell(path, claim, told)

    async def _have(self, definitions: list[Json]) -> None:
        """There, as they are wanted, and served. Raises Later, ApiProblem."""
        missing = []
        for definition in definitions:
            name = definition["metadata"]["name"]
            there = await find(self._api, f"{_CRDS}/{name}")
            if there is None:
                there = await self._api.create(_CRDS, definition)
            elif kinds.content_of(there) != kinds.content_of(definition):
                there = await self._api.patch(f"{_CRDS}/{name}", definition, kind=MERGE)
            if not holds(there, "Established"):
                missing.append(name)
        if missing:
            raise Later(f"not served yet: {', '.join(missing)}")

    async def _tell(
        self, path: str, item: Json, told: list[tuple[str, bool, str, str]], **more: Any
    ) -> None:
        old = item.get("status") or {}
        status = {"conditions": [condition(*each, old) for each in told], **more}
        if await tell(self._api, path, old, status):
            log.info("%s: %s", path, ", ".join(f"{each[0]}={each[1]}" for each in told))
