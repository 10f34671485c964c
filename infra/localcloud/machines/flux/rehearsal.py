"""The kit's own tree on a cluster of its own, and how far each part of it really gets.

Nothing is pretended: what has no program here stays what it is, and the table says so. Ends when
all is ready, or when its time is over.
"""

import asyncio
import json
import logging
import secrets
import shutil
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import yaml

from infra.check import tools, tree
from infra.localcloud.config import Listen
from infra.localcloud.machines.cluster.api import Api, Json
from infra.localcloud.machines.cluster_machine import ClusterMachine, Wanted
from infra.localcloud.machines.control_plane.spec import Programs as PlanePrograms
from infra.localcloud.machines.flux import bootstrap
from infra.localcloud.machines.flux.controllers import NAMESPACE, FluxSpec, Programs
from infra.localcloud.machines.flux.flux import Flux
from infra.localcloud.machines.layout import write_private
from infra.localcloud.supply import programs
from infra.localcloud.supply.config import Config
from infra.localcloud.supply.supply import IMAGES, SOURCE, Supply
from infra.tools import manifest, obtain

log = logging.getLogger(__name__)
_LOOK_SECONDS = 2.0
_PATHS = {
    "Kustomization": f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations",
    "HelmRelease": f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{NAMESPACE}/helmreleases",
}
_REGISTRY_PORT, _GIT_PORT = 5000, 3000


async def run(address: str, folder: Path, seconds: float) -> None:
    """Print a line for every change, and the table at the end."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as ends:
        machine = ClusterMachine(_wanted(address, folder))
        ends.push_async_callback(machine.stop)
        log.info("the API was ready after %.1f s", await machine.start())
        supply = Supply(_supply(address, folder))
        ends.push_async_callback(supply.stop)
        await supply.start()
        flux = Flux(FluxSpec(address, machine.kubeconfig, folder / "flux"), _programs())
        ends.push_async_callback(flux.stop)
        log.info("Flux was ready after %.1f s", await flux.start())
        await flux.apply(
            [
                *_outside_secrets(),
                *bootstrap.objects(_supply(address, folder).tree, _settings(address, folder)),
            ]
        )
        async with Api(machine.kubeconfig) as api:
            await _follow(api, seconds)


async def _follow(api: Api, seconds: float) -> None:
    began = time.monotonic()
    seen: dict[str, str] = {}
    since: dict[str, float] = {}
    while (age := time.monotonic() - began) < seconds:
        for name, words in (await _states(api)).items():
            if seen.get(name) != words:
                seen[name], since[name] = words, age
                print(f"{age:6.1f} s  {name}: {words}", flush=True)
        if len(seen) > 1 and all(words.startswith("True") for words in seen.values()):
            break
        await asyncio.sleep(_LOOK_SECONDS)
    print("\n| who | since | state |\n|---|---|---|")
    for name in sorted(seen):
        print(f"| {name} | {since[name]:.0f} s | {seen[name]} |")


async def _states(api: Api) -> dict[str, str]:
    states = {}
    for kind, path in _PATHS.items():
        for item in (await api.get(path))["items"]:
            states[f"{kind}/{item['metadata']['name']}"] = _words(item)
    return states


def _words(item: Json) -> str:
    for condition in (item.get("status") or {}).get("conditions") or []:
        if condition["type"] == "Ready":
            message = " ".join(condition["message"].split())
            return f"{condition['status']} {condition['reason']}: {message[:400]}"
    return "no word yet"


def _wanted(address: str, folder: Path) -> Wanted:
    return Wanted(
        name="cp-1",
        address=address,
        root=folder / "root",
        python=Path(sys.executable),
        app_dir=SOURCE,
        programs=PlanePrograms(kube=_tool("kube"), etcd=Path(shutil.which("etcd") or "etcd")),
        images=(IMAGES,),
        places=programs.places(),
    )


def _supply(address: str, folder: Path) -> Config:
    return Config(
        state_dir=folder / "supply",
        registry=Listen(address, _REGISTRY_PORT),
        git=Listen(address, _GIT_PORT),
        registry_program=_tool("registry"),
        helm=_tool("helm"),
        push_key=_key(folder),
    )


def _key(folder: Path) -> str:
    path = folder / "push-key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def _programs() -> Programs:
    source, kustomize, helm = (_tool(f"{n}-controller") for n in ("source", "kustomize", "helm"))
    return Programs(source, kustomize, helm, tools.kubectl())


def _tool(name: str) -> Path:
    return obtain.path_of(name, manifest.load())


def _settings(address: str, folder: Path) -> dict[str, str]:
    """Those beside the tree, with this computer's registry."""
    return {
        **tree.template().settings,
        "REGISTRY": _supply(address, folder).charts,
        "REGISTRY_INSECURE": "true",
    }


def _outside_secrets() -> list[Json]:
    """Their namespaces and names as cloud-init would make them; what they hold is made up."""
    listed: list[Json] = yaml.safe_load(tree.OUTSIDE.read_text())
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in sorted({each["namespace"] for each in listed})
    ]
    made = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": each["name"], "namespace": each["namespace"]},
            "stringData": dict.fromkeys(each["keys"], json.dumps({"rehearsal": True})),
        }
        for each in listed
    ]
    return [*namespaces, *made]
