"""What Flux's controllers would write into a cluster, written by a test: objects and their status.

Shapes: Flux's own definitions (infra/charts/flux/crds), which the API server holds us to.
"""

from __future__ import annotations

import base64
import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import ROOT, Cluster

Json = dict[str, Any]
NAMESPACE = "flux-system"
CRDS = ROOT / "infra/charts/flux/crds"
REVISION = "main@sha1:1111"
# apiVersion and plural of each kind.
KINDS = {
    "HelmRelease": ("helm.toolkit.fluxcd.io/v2", "helmreleases"),
    "Kustomization": ("kustomize.toolkit.fluxcd.io/v1", "kustomizations"),
    "GitRepository": ("source.toolkit.fluxcd.io/v1", "gitrepositories"),
}


class Flux:
    """The cluster's admin, over plain HTTPS: judges of the product share no code with it."""

    def __init__(self, cluster: Cluster) -> None:
        tls = cluster.state / "tls"
        trust = ssl.create_default_context(cafile=tls / "server-ca.crt")
        trust.load_cert_chain(tls / "client-admin.crt", tls / "client-admin.key")
        url = f"https://{cluster.address}:6443"
        self._http = httpx.Client(base_url=url, verify=trust, timeout=20, trust_env=False)
        self.cluster = cluster

    @property
    def kubeconfig(self) -> bytes:
        return (self.cluster.state / "k3s.yaml").read_bytes()

    def ask(self, method: str, path: str, document: Json | None = None, **headers: str) -> Any:
        answer = self._http.request(method, path, json=document, headers=headers)
        assert answer.is_success or answer.status_code == 404, answer.text
        return answer.json()

    def answers(self) -> bool:
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def clear(self) -> None:
        """Nothing of an earlier test is left; there is nothing that would have to clean up."""
        for kind in KINDS:
            self.ask("DELETE", self._path(kind))
        self.ask("DELETE", f"/api/v1/namespaces/{NAMESPACE}/events")

    def release(
        self, name: str, *needs: str, generation: int | None = None, target: str = ""
    ) -> None:
        """`target`: the namespace of its workloads."""
        chart = {"chart": name, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
        spec = {
            "interval": f"{15 + (generation or 0)}m",  # another spec makes another generation
            "chart": {"spec": chart},
            "dependsOn": [{"name": one} for one in needs],
            **({"targetNamespace": target} if target else {}),
        }
        self._put("HelmRelease", name, spec)

    def suspend(self, name: str, suspend: bool) -> None:
        path = self._path("HelmRelease", name)
        self.ask("PATCH", path, {"spec": {"suspend": suspend}}, **MERGE)

    def remove(self, name: str) -> None:
        self.ask("DELETE", self._path("HelmRelease", name))

    def stage(self, name: str, *needs: str) -> None:
        spec = {
            "interval": "5m",
            "path": f"./{name}",
            "prune": True,
            "wait": True,
            "sourceRef": {"kind": "GitRepository", "name": "sovereign"},
            "dependsOn": [{"name": one} for one in needs],
        }
        self._put("Kustomization", name, spec)

    def source(self) -> None:
        self._put("GitRepository", "sovereign", {"interval": "1m", "url": "https://git.example/s"})

    def fetched(self, revision: str = REVISION) -> None:
        """source-controller has what Git offers."""
        artifact = {
            "revision": revision,
            "path": "gitrepository/x.tar.gz",
            "url": "http://source-controller/x.tar.gz",
            "digest": f"sha256:{'0' * 64}",
            "lastUpdateTime": now(),
        }
        self.says("GitRepository", "sovereign", "True", "Succeeded", "stored", artifact=artifact)

    def brings(self, stage: str, ready: str, *releases: str, stages: tuple[str, ...] = ()) -> None:
        """kustomize-controller applied a stage, and says whether all of it is healthy."""
        kinds = [(one, "HelmRelease") for one in releases] + [(s, "Kustomization") for s in stages]
        groups = {kind: KINDS[kind][0].partition("/")[0] for _, kind in kinds}
        entries = [
            {"id": f"{NAMESPACE}_{name}_{groups[kind]}_{kind}", "v": "v2"} for name, kind in kinds
        ]
        more: Json = {"lastAppliedRevision": REVISION} if ready == "True" else {}
        reason = "ReconciliationSucceeded" if ready == "True" else "Progressing"
        inventory = {"entries": entries}
        self.says("Kustomization", stage, ready, reason, "applied", inventory=inventory, **more)

    def says(
        self,
        kind: str,
        name: str,
        ready: str,
        reason: str = "Progressing",
        message: str = "",
        *,
        stalled: bool = False,
        **status: Any,
    ) -> None:
        """The controller's word on an object as it is now."""
        generation = self.ask("GET", self._path(kind, name))["metadata"]["generation"]
        said = [condition("Ready", ready, reason, message, generation)]
        if stalled:
            said.append(condition("Stalled", "True", reason, message, generation))
        whole = {"observedGeneration": generation, "conditions": said, **status}
        path = self._path(kind, name) + "/status"
        self.ask("PATCH", path, {"status": whole}, **MERGE)

    def installed(self, *names: str) -> None:
        for name in names:
            self.says("HelmRelease", name, "True", "InstallSucceeded", "Helm install succeeded")

    def event(self, release: str, kind: str, reason: str, message: str) -> None:
        """What helm-controller's recorder writes (core/v1)."""
        about = {"kind": "HelmRelease", "namespace": NAMESPACE, "name": release}
        self.ask(
            "POST",
            f"/api/v1/namespaces/{NAMESPACE}/events",
            {
                "metadata": {"generateName": f"{release}."},
                "involvedObject": about,
                "reason": reason,
                "message": message,
                "type": kind,
                "source": {"component": "helm-controller"},
                "firstTimestamp": now(),
                "lastTimestamp": now(),
            },
        )

    @contextmanager
    def without(self, kind: str) -> Iterator[None]:
        """While the definition of a kind is not there."""
        plural, group = KINDS[kind][1], KINDS[kind][0].partition("/")[0]
        name = f"{plural}.{group}"
        self.cluster.kubectl("delete", "crd", name)
        try:
            yield
        finally:
            self.define(CRDS / f"{group}_{plural}.yaml")

    def define(self, *files: Path) -> None:
        """Make Flux's kinds known, and wait until they are served."""
        named = [argument for file in files for argument in ("-f", str(file))]
        self.cluster.kubectl("apply", "--server-side", *named)
        self.cluster.kubectl("wait", "--for=condition=Established", *named, "--timeout=30s")
        until(lambda: all(self._served(kind) for kind in KINDS), seconds=30)

    def _served(self, kind: str) -> bool:
        return self._http.get(self._path(kind)).status_code == 200

    def _put(self, kind: str, name: str, spec: Json) -> None:
        document = {
            "apiVersion": KINDS[kind][0],
            "kind": kind,
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": spec,
        }
        path = f"{self._path(kind, name)}?fieldManager=test&force=true"
        self.ask("PATCH", path, document, **{"Content-Type": "application/apply-patch+yaml"})

    def _path(self, kind: str, name: str = "") -> str:
        version, plural = KINDS[kind]
        return f"/apis/{version}/namespaces/{NAMESPACE}/{plural}/{name}".rstrip("/")


MERGE = {"Content-Type": "application/merge-patch+json"}


def condition(kind: str, status: str, reason: str, message: str, generation: int) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": now(),
        "observedGeneration": generation,
    }


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def inside(text: bytes) -> str:
    return base64.b64encode(text).decode()
