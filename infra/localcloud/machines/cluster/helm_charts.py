"""k3s's Helm controller: each HelmChart object is installed once per content, by the real helm.

Where k3s starts a Job, helm is a process of the machine here. A chart whose object goes stays
installed: nothing of the first boot is ever taken back. API: helm.cattle.io/v1.
"""

import asyncio
import hashlib
import json
import logging
from pathlib import Path

from infra.localcloud.machines.cluster.api import MERGE, Api, ApiProblem, Json
from infra.localcloud.machines.cluster.mirror import Mirror
from infra.localcloud.machines.cluster.objects import insist

log = logging.getLogger(__name__)

KIND: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "helmcharts.helm.cattle.io"},
    "spec": {
        "group": "helm.cattle.io",
        "scope": "Namespaced",
        "names": {"kind": "HelmChart", "plural": "helmcharts", "singular": "helmchart"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "required": ["chart", "version"],
                                "properties": {
                                    "targetNamespace": {"type": "string"},
                                    "createNamespace": {"type": "boolean"},
                                    "chart": {"type": "string"},
                                    "version": {"type": "string"},
                                    "valuesContent": {"type": "string"},
                                    # For the Job of k3s; a process needs no node that is ready.
                                    "bootstrap": {"type": "boolean"},
                                    "backOffLimit": {"type": "integer"},
                                    "plainHTTP": {"type": "boolean"},
                                },
                            },
                            "status": {
                                "type": "object",
                                "x-kubernetes-preserve-unknown-fields": True,
                            },
                        },
                    }
                },
            }
        ],
    },
}
PATH = "/apis/helm.cattle.io/v1/helmcharts"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_INSTALLED = "helmcharts.helm.cattle.io/configHash"
_AGAIN_SECONDS = 2.0


class HelmCharts:
    """`helm`: the program. `folder`: its home. `kubeconfig`: whom it is."""

    def __init__(self, api: Api, helm: Path, kubeconfig: Path, folder: Path) -> None:
        self._api = api
        self._helm = helm
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._news = asyncio.Event()
        self._done: dict[str, str] = {}  # object → content that is installed
        self._mirror = Mirror(api, PATH, lambda *_: self._news.set())

    async def run(self) -> None:
        """Serve the kind, for ever."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await insist(self._api, _DEFINITIONS, KIND)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mirror.run())
            group.create_task(self._install_all())

    async def _install_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            # One after the other: what carries the network comes before what needs it.
            done = [await self._install(item) for item in list(self._mirror.items.values())]
            if not all(done):
                await asyncio.sleep(_AGAIN_SECONDS)
                self._news.set()

    async def _install(self, item: Json) -> bool:
        metadata, spec = item["metadata"], item["spec"]
        wanted = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
        kept = (metadata.get("annotations") or {}).get(_INSTALLED)
        # Our own mark takes a moment to come back to us.
        if wanted in (kept, self._done.get(metadata["uid"])):
            return True
        where = f"/apis/helm.cattle.io/v1/namespaces/{metadata['namespace']}/helmcharts"
        path = f"{where}/{metadata['name']}"
        code, words = await self._run(metadata["name"], metadata["namespace"], spec)
        log.info("helm %s: %s", metadata["name"], words.splitlines()[-1] if words else code)
        failed = {"type": "Failed", "status": "True" if code else "False", "message": words[-500:]}
        told = {"status": {"conditions": [failed]}}
        mark = {"metadata": {"annotations": {_INSTALLED: wanted}}}
        try:
            await self._api.patch(f"{path}/status", told, kind=MERGE)
            if code == 0:
                self._done[metadata["uid"]] = wanted
                await self._api.patch(path, mark, kind=MERGE)
        except ApiProblem as problem:
            log.warning("HelmChart %s: %s", metadata["name"], problem)
            return False
        return code == 0

    async def _run(self, name: str, own: str, spec: Json) -> tuple[int, str]:
        """Exit code and what helm said last."""
        argv = [
            *(str(self._helm), "upgrade", "--install", name, spec["chart"]),
            *("--version", spec["version"], "--namespace", spec.get("targetNamespace", own)),
            *("--kubeconfig", str(self._kubeconfig), "--values", "-"),
        ]
        argv += ["--create-namespace"] if spec.get("createNamespace") else []
        argv += ["--plain-http"] if spec.get("plainHTTP") else []
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--", *argv),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # Neither logins nor proxies of this computer's user.
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self._folder)},
        )
        _, said = await process.communicate((spec.get("valuesContent") or "{}").encode())
        return process.returncode or 0, said.decode(errors="replace").strip()
