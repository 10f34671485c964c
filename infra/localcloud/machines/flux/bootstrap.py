"""What cloud-init gives a Sovereign's cluster to begin with: four things, then Flux does the rest.

The same as `infra/clusters/_template/README.md` lists. Secrets that no object of the tree makes
are not here: who boots a machine has their content.
"""

from collections.abc import Mapping
from typing import Any

from infra.localcloud.machines.flux.controllers import NAMESPACE

Json = dict[str, Any]
NAME = "sovereign"
TREE = "./infra/clusters/_template"


def objects(url: str, settings: Mapping[str, str], *, branch: str = "main") -> list[Json]:
    """Git source, Kustomization and settings. `url`: of the repository that holds the tree."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _named("sovereign-settings"),
            "data": dict(settings),
        },
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": _named(NAME),
            "spec": {"interval": "1m", "url": url, "ref": {"branch": branch}},
        },
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": _named(NAME),
            "spec": {
                "interval": "5m",
                "retryInterval": "30s",
                "path": TREE,
                "prune": True,
                "sourceRef": {"kind": "GitRepository", "name": NAME},
            },
        },
    ]


def _named(name: str) -> Json:
    return {"name": name, "namespace": NAMESPACE}
