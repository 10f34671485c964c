"""A Sovereign's Git server and cluster for the tests of Apps: real Gitea, a real control plane with
Flux, charts in a registry. What stands for the gateway is in `front`."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from catalyst.embedded.services.gitea import token_file
from catalyst.vault.secret import Secret
from franchise.applications import places
from franchise.gitea.http import Connection
from infra.check import charts, tools
from infra.check.charts import Chart
from infra.localcloud.supply import kit
from infra.localcloud.supply.config import NAMESPACE as CHARTS
from infra.tools import manifest, obtain
from infra.tools.progress import Board
from tests.integration.embedded.running import RunningStack, wait_until
from tests.integration.franchise.applications.front import FQDN, Front, front
from tests.integration.franchise.gitea import sign_on
from tests.integration.internet.running import free_range
from tests.integration.localcloud.cluster.running import ECHO, Cluster
from tests.integration.localcloud.flux.running import PROGRAMS, Program, Supply

START_SECONDS = 240.0
ROOT = Path(__file__).resolve().parents[4]
DEFINITIONS = (
    ROOT / "infra/clusters/_template/crds/gateway-api",
    ROOT / "infra/charts/_upstream/external-secrets/crds",
)
# What bp-catalyst gives to the accounts that Flux and we act as.
RIGHTS = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {places.FLUX}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: organizations, namespace: {places.FLUX}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: catalyst-worker, namespace: {places.FLUX}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {places.DEPLOYER}}}
rules:
  - apiGroups: ["", apps, batch, gateway.networking.k8s.io, external-secrets.io,
                generators.external-secrets.io, helm.toolkit.fluxcd.io, networking.k8s.io,
                postgresql.cnpg.io]
    resources: [pods, configmaps, secrets, services, persistentvolumeclaims, deployments,
                statefulsets, replicasets, jobs, cronjobs, httproutes, externalsecrets, passwords,
                helmreleases, networkpolicies, clusters, databases, events]
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: tests-organizations}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}
subjects:
  - {{kind: ServiceAccount, name: organizations, namespace: {places.FLUX}}}
  - {{kind: ServiceAccount, name: catalyst-worker, namespace: {places.FLUX}}}
"""
TEMPLATE = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {{{{ .Values.fullnameOverride }}}}}}
spec:
  selector: {{matchLabels: {{app: {{{{ .Release.Name }}}}}}}}
  template:
    metadata:
      labels: {{app: {{{{ .Release.Name }}}}, app.kubernetes.io/instance: {{{{ .Release.Name }}}}}}
    spec:
      automountServiceAccountToken: false
      securityContext:
        {{runAsNonRoot: true, runAsUser: 1000, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
        - name: main
          image: {ECHO}
          securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
          env: [{{name: CONFIG, value: {{{{ .Values.config | toJson | quote }}}}}}]
          readinessProbe: {{httpGet: {{path: /healthz, port: 8080}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: {{{{ .Values.fullnameOverride }}}}}}
spec:
  selector: {{app: {{{{ .Release.Name }}}}}}
  ports: [{{port: 80, targetPort: 8080}}]
"""


# This one's Pods are reported as running though no process is started, as on any laptop.
SIMULATED, NOT_LISTED = "bp-app-vaultwarden", "docker.io/vaultwarden/server:1.32.7-alpine"


@dataclass
class Stage:
    git_stack: RunningStack
    gitea: Connection
    cluster: Cluster
    front: Front
    settings: dict[str, Any]
    supply: Supply

    def object(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        """Empty while it is not there."""
        words = ("-n", namespace, "get", kind, name, "--ignore-not-found", "-o", "json")
        found: dict[str, Any] = json.loads(self.cluster.kubectl(*words) or "{}")
        return found

    def namespaces(self) -> set[str]:
        told = self.cluster.kubectl("get", "namespaces", "-o", "name").split()
        return {each.removeprefix("namespace/") for each in told}


@contextmanager
def staged(folder: Path, state: Path) -> Iterator[Stage]:
    pins = manifest.load()
    with Board() as board:
        workshop = obtain.Workshop(pins, board=board)
        found = workshop.ensure_all([pins.tools[name] for name in ("kube", *PROGRAMS)])
    programs = {name: each.path for name, each in found.items()}
    with ExitStack() as ends:
        stack = RunningStack(state, seconds=START_SECONDS)
        ends.callback(stack.end)
        supply = Supply.make(folder, programs)
        supply.program.start()
        ends.callback(supply.program.stop)
        network = ends.enter_context(free_range())
        cluster = Cluster(network, folder / "machine", programs["kube"])
        cluster.start()
        ends.callback(cluster.stop)
        stack.up("gitea", CATALYST_GITEA="yes")
        cluster.ready_seconds()
        flux = _flux(cluster, programs, folder)
        ends.callback(flux.stop)
        for path in DEFINITIONS:
            cluster.kubectl("apply", "--server-side", "-f", str(path))
        cluster.kubectl("apply", "-f", "-", told=RIGHTS)
        wait_until(lambda: stack.service("gitea-person").condition == "done", seconds=START_SECONDS)
        supply.program.said("serving oci://", seconds=60)
        _publish(supply, folder)
        door = ends.enter_context(front(str(network[30]), str(network[53]), folder))
        token = Secret(token_file(stack.state).read_text())
        gitea = ends.enter_context(Connection(url=str(stack.state.gitea_url), token=token))
        settings = _settings(stack, cluster, supply, door, folder)
        yield Stage(stack, gitea, cluster, door, settings, supply)


def _flux(cluster: Cluster, programs: dict[str, Path], folder: Path) -> Program:
    flux = Program(("infra.localcloud.machines.flux",), folder / "flux.json")
    own = {n: str(programs[f"{n}-controller"]) for n in ("source", "kustomize", "helm")}
    told = {
        "address": cluster.address,
        "kubeconfig": str(cluster.state / "k3s.yaml"),
        "folder": str(cluster.folder / "root/var/lib/flux"),
        "programs": {**own, "kubectl": str(tools.kubectl())},
    }
    flux.config.write_text(json.dumps(told))
    flux.start()
    flux.said("Flux was ready after", seconds=90)
    return flux


def _publish(supply: Supply, folder: Path) -> None:
    """Under the names of the kit's own charts small ones, which are ready within seconds."""
    shelf = kit.Shelf(supply.registry, tools.helm())
    made = []
    for each in charts.every():
        if each.name.startswith("bp-app-"):
            target = folder / "charts" / each.name
            (target / "templates").mkdir(parents=True)
            meta = {"apiVersion": "v2", "name": each.name, "version": each.version}
            (target / "Chart.yaml").write_text(yaml.safe_dump(meta))
            (target / "values.yaml").write_text("config: {}\n")
            image = NOT_LISTED if each.name == SIMULATED else ECHO
            (target / "templates" / "all.yaml").write_text(TEMPLATE.replace(ECHO, image))
            made.append(Chart(target))
    kit.publish(shelf, made)


def _settings(
    stack: RunningStack, cluster: Cluster, supply: Supply, door: Front, folder: Path
) -> dict[str, Any]:
    """As the Sovereign's own, for `settings.CATALYST.model_copy`."""
    (view,) = yaml.safe_load((cluster.state / "k3s.yaml").read_text())["clusters"]
    (authority := folder / "cluster.pem").write_bytes(
        base64.b64decode(view["cluster"]["certificate-authority-data"])
    )
    words = ("-n", places.FLUX, "create", "token", "catalyst-worker", "--duration=24h")
    (token := folder / "cluster.token").write_text(cluster.kubectl(*words))
    return {
        "gitea_url": str(stack.state.gitea_url),
        "gitea_token": token_file(stack.state).read_text(),
        "gitea_sign_on": sign_on.have(stack),
        "kubernetes_url": view["cluster"]["server"],
        "kubernetes_token_file": str(token),
        "kubernetes_ca": str(authority),
        "sovereign_fqdn": FQDN,
        "ca_bundle": str(door.authority),
        "resolver": door.resolver,
        "chart_registry": f"{supply.registry}/{CHARTS}",
        "chart_registry_insecure": True,
    }


def patiently(look: Callable[[], Any], *, seconds: float = 90.0, every: float = 0.2) -> Any:
    """What `look` says as soon as it says something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every)
    return found
