"""Objects of an Organization, and asking the API server of them as one account or another."""

from __future__ import annotations

import copy
import json
import subprocess
from typing import Any

import yaml

from franchise.applications import files, names, places
from franchise.organizations.quotas.limits import Limits
from franchise.organizations.quotas.manifests import manifests
from infra.check import charts
from tests.integration.localcloud.cluster.running import Cluster

FQDN = "omantel.omani.works"
ACME, OTHER = "acme", "acme-co"
KINDS = (
    "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
)  # fmt: skip
DEFINITIONS = (
    charts.ROOT / "flux" / "crds",
    charts.STUBS / "external-secrets" / "crds",
)
Json = dict[str, Any]


def account(namespace: str, name: str) -> str:
    return f"--as=system:serviceaccount:{namespace}:{name}"


FLUX = account(places.FLUX, "organizations")
OWN = account(places.FLUX, f"org-{ACME}")
HELM = account(f"org-{ACME}", "apps")


def place(organization: str) -> places.Place:
    limits = Limits(vcpu=2, memory_mb=4096, disk_gb=25)
    quota = manifests(organization=organization, limits=limits, open=True)
    for each in quota:
        each["metadata"]["namespace"] = names.namespace(organization)
    return places.Place(organization, FQDN, places.Charts("registry.example/x"), tuple(quota), ())


def told(organization: str = ACME, kind: str = "prod", name: str = "calendar") -> files.Told:
    label = f"{organization}-{kind}-{name}"
    return files.Told(
        organization=organization, kind=kind, name=name, label=label, fqdn=FQDN,
        url=f"https://{label}.{FQDN}", blueprint="radicale", title="Radicale",
        chart="bp-app-radicale", version="1.0.0", secrets=("admin-password",),
    )  # fmt: skip


def objects(texts: files.Files, *but: str) -> list[Json]:
    return [
        each
        for path, text in texts.items()
        if path.endswith(".yaml") and path.rpartition("/")[2] not in but
        for each in yaml.safe_load_all(text)
    ]


def apply(cluster: Cluster, *found: Json, by: str = "") -> None:
    said = tried(cluster, by, *found, dry="")
    assert said == "", said


def tried(cluster: Cluster, by: str, *found: Json, dry: str = "--dry-run=server") -> str:
    """Empty when the API server would take all of it, else why not."""
    words = [word for word in (by, dry) if word]
    done: subprocess.CompletedProcess[str] = cluster.tried(
        "apply", "--server-side", "--force-conflicts", *words, "-f", "-",
        told=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(found)}),
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stderr


def may(cluster: Cluster, by: str, verb: str, what: str, *where: str) -> bool:
    return cluster.tried("auth", "can-i", verb, what, by, *where).stdout.strip() == "yes"


def namespace(name: str, organization: str, **labels: str) -> Json:
    marks = {
        "openova.io/organization": organization,
        "pod-security.kubernetes.io/enforce": "restricted",
        **labels,
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": marks}}


def changed(kind: str, *path: str | int, to: Any, of: files.Told | None = None) -> Json:
    """An object of an App's repository as the product writes it, with one thing put otherwise."""
    (found,) = [
        each
        for each in objects(files.repository(of or told()), "values.yaml", "kustomization.yaml")
        if each["kind"] == kind
    ]
    found = copy.deepcopy(found)
    found["metadata"]["namespace"] = f"org-{ACME}"
    if kind == "HelmRelease":
        found["spec"]["chart"]["spec"] |= {"chart": "bp-app-radicale", "version": "1.0.0"}
    at = found
    for step in path[:-1]:
        at = at[step]  # type: ignore[index]
    if path:
        at[path[-1]] = to  # type: ignore[index]
    return found
