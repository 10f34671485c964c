"""What stands in `system/catalyst-config`: the place of every Organization in the cluster. Pure.

An account of the Organization applies what its repositories say, and may do so in its own namespace
only; its quota is not among what it may change (charts: bp-catalyst).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from franchise.applications import names
from franchise.applications.yamls import dump

Json = dict[str, Any]
Files = dict[str, str]
FLUX = "catalyst-apps"  # the namespace of Flux's objects of Apps; no customer has rights there
DEPLOYER, READER = "catalyst-app-deployer", "catalyst-app-reader"
# Of the console's own release: its namespace, and the accounts of those who look at Apps.
CONSOLE, READERS = "catalyst-system", ("catalyst-worker", "catalyst-web")
LOGIN = "gitea-flux"  # the Secret by which Flux reads Gitea
ROOT, FLUX_FILE, CONFIG = "kustomization.yaml", "flux.yaml", "system/catalyst-config"
SOURCE, KUSTOMIZE = "source.toolkit.fluxcd.io/v1", "kustomize.toolkit.fluxcd.io/v1"


@dataclass(frozen=True, slots=True)
class Charts:
    """Where Flux gets charts: host and namespace of an OCI registry."""

    registry: str
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """One App that the cluster is to follow; `after`: labels of the services it rests on."""

    label: str
    name: str
    kind: str
    url: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One Organization, by its slug. `quota`: manifests of its namespace. `paused`: nothing of it
    runs, all it stored stays."""

    organization: str
    fqdn: str
    charts: Charts
    quota: tuple[Mapping[str, Any], ...]
    apps: tuple[Follow, ...]
    paused: bool = False


def folder(organization: str) -> str:
    return f"organizations/{organization}/"


def parent(organizations: Iterable[str], *, url: str) -> Files:
    """The list of those that have a place; `url`: of Gitea, as Flux knows it."""
    resources = [folder(each).rstrip("/") for each in sorted(set(organizations))]
    # Kustomize takes an empty list for a mistake, and then the last one would never go.
    return {FLUX_FILE: dump(*root(url)), ROOT: dump(_kustomization([FLUX_FILE, *resources]))}


def files(place: Place) -> Files:
    """All files of one Organization, by their path in the repository."""
    made = {
        "namespace.yaml": dump(_namespace(place)),
        "rights.yaml": dump(*_rights(place)),
        "plan.yaml": dump(*map(dict, place.quota)),
        "charts.yaml": dump(_charts(place)),
    }
    for app in place.apps:
        made[f"app-{app.label}.yaml"] = dump(*_follow(place, app))
    made[ROOT] = dump(_kustomization(sorted(made)))
    return {folder(place.organization) + name: text for name, text in made.items()}


def root(url: str) -> tuple[Json, Json]:
    """Flux's own two objects, which follow the repository that has all others."""
    return (
        _source("catalyst-config", f"{url}/{CONFIG}.git", "main"),
        {
            "apiVersion": KUSTOMIZE,
            "kind": "Kustomization",
            "metadata": {"name": "organizations", "namespace": FLUX},
            "spec": {
                "interval": "10m",
                "retryInterval": "30s",
                "timeout": "5m",
                "path": "./",
                "prune": True,
                "wait": False,  # an App that is not ready holds up nobody else
                "sourceRef": {"kind": "GitRepository", "name": "catalyst-config"},
                "serviceAccountName": "organizations",
            },
        },
    )


def _namespace(place: Place) -> Json:
    marks = {
        "openova.io/organization": place.organization,
        "openova.io/sovereign": place.fqdn,
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    name = names.namespace(place.organization)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": marks}}


def _rights(place: Place) -> tuple[Json, ...]:
    """Two accounts: by one Flux applies repositories, by the other Helm installs charts."""
    name = names.namespace(place.organization)
    return (
        _account(FLUX, name),
        _account(name, "apps"),
        _binding(name, "flux", DEPLOYER, _subject(FLUX, name)),
        _binding(name, "apps", DEPLOYER, _subject(name, "apps")),
        # Our own: what the App's page shows.
        _binding(name, "console", READER, *(_subject(CONSOLE, each) for each in READERS)),
    )


def _subject(namespace: str, name: str) -> Json:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _account(namespace: str, name: str) -> Json:
    meta = {"name": name, "namespace": namespace}
    # No Pod is to get its token: Flux and Helm act as it by impersonation.
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": meta,
        "automountServiceAccountToken": False,
    }


def _binding(namespace: str, name: str, role: str, *subjects: Json) -> Json:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": role,
        },
        "subjects": list(subjects),
    }


def _charts(place: Place) -> Json:
    spec: Json = {"type": "oci", "interval": "15m", "url": f"oci://{place.charts.registry}"}
    if place.charts.insecure:
        spec["insecure"] = True
    meta = {"name": "blueprints", "namespace": names.namespace(place.organization)}
    return {"apiVersion": SOURCE, "kind": "HelmRepository", "metadata": meta, "spec": spec}


def _follow(place: Place, app: Follow) -> tuple[Json, Json]:
    namespace = names.namespace(place.organization)
    spec: Json = {
        "interval": "10m",
        "retryInterval": "30s",
        "timeout": "2m",  # so long a removal may have to wait for one that does not get ready
        "path": "./",
        "prune": True,
        "wait": True,
        "sourceRef": {"kind": "GitRepository", "name": app.label},
        "targetNamespace": namespace,
        "serviceAccountName": namespace,
    }
    if app.after:
        spec["dependsOn"] = [{"name": each} for each in sorted(app.after)]
    if place.paused:
        spec["patches"] = [_pause()]
    return (
        _source(app.label, app.url, names.branch(app.kind)),
        {
            "apiVersion": KUSTOMIZE,
            "kind": "Kustomization",
            "metadata": {"name": app.label, "namespace": FLUX},
            "spec": spec,
        },
    )


def _pause() -> Json:
    """Whatever chart it is: no copy of its programs, and its databases asleep. A quota of no Pods
    would leave alone those that run."""
    none = [{"op": "add", "path": "/spec/replicas", "value": 0}]
    asleep = {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": "any", "annotations": {"cnpg.io/hibernation": "on"}},
    }
    patches = [
        {"target": {"kind": "Deployment|StatefulSet"}, "patch": dump(none)},
        {"target": {"group": "postgresql.cnpg.io", "kind": "Cluster"}, "patch": dump(asleep)},
    ]
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "any"},
        "spec": {"postRenderers": [{"kustomize": {"patches": patches}}]},
    }
    return {"target": {"kind": "HelmRelease"}, "patch": dump(release)}


def _source(name: str, url: str, branch: str) -> Json:
    return {
        "apiVersion": SOURCE,
        "kind": "GitRepository",
        "metadata": {"name": name, "namespace": FLUX},
        "spec": {
            "interval": "5m",
            "url": url,
            "ref": {"branch": branch},
            "secretRef": {"name": LOGIN},
        },
    }


def _kustomization(resources: list[str]) -> Json:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    }
