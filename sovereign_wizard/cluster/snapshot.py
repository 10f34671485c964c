"""Everything Flux says in one cluster at one moment, and what follows from it.

What is expected is read from the cluster's own account of Git: a Kustomization lists what it
applied (`status.inventory`), and one that has not applied yet is not ready. No list, no count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.problems import NotServed
from sovereign_wizard.cluster.states import (
    Json,
    Kind,
    Name,
    Seen,
    Status,
    absent,
    condition,
    name_of,
    release,
    source_of,
    stage,
)

HELM, KUSTOMIZE = "helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"
RELEASES = f"/apis/{HELM}/v2/helmreleases"
STAGES = f"/apis/{KUSTOMIZE}/v1/kustomizations"
SOURCES = {
    kind: f"/apis/source.toolkit.fluxcd.io/v1/{plural}"
    for kind, plural in (
        ("GitRepository", "gitrepositories"),
        ("OCIRepository", "ocirepositories"),
        ("Bucket", "buckets"),
    )
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Objects as the API gave them. `sources`: those that some Kustomization names, by kind."""

    sources: tuple[tuple[str, Json], ...]
    stages: tuple[Json, ...]
    releases: tuple[Json, ...]

    @property
    def revisions(self) -> dict[tuple[str, str, str], str]:
        """What each source offers now: kind, namespace, name → revision."""
        return {
            (kind, *name_of(source)): source.get("status", {}).get("artifact", {})["revision"]
            for kind, source in self.sources
            if source.get("status", {}).get("artifact")
        }


def take(cluster: Cluster) -> Snapshot:
    """Look once. Raises NotServed while Flux's kinds are not there, ClusterAway, SeedTimeout.

    Kustomizations first: what they list a moment later is there, or is seen as absent.
    """
    stages = tuple(cluster.every(STAGES))
    kinds = {source_of(document)[0] for document in stages} & SOURCES.keys() or {"GitRepository"}
    sources = tuple((kind, one) for kind in sorted(kinds) for one in cluster.every(SOURCES[kind]))
    try:
        releases = tuple(cluster.every(RELEASES))
    except NotServed:
        if any(_listed(stages, HELM, "HelmRelease")):
            raise
        releases = ()  # the stage that brings Helm's kinds comes later
    return Snapshot(sources, stages, releases)


def components(found: Snapshot) -> tuple[Seen, ...]:
    """Stages, then releases, each in order of name: those Git brings and those that are there."""
    there = {name_of(one): release(one) for one in found.releases}
    expected = there.keys() | set(_listed(found.stages, HELM, "HelmRelease"))
    stages = {name_of(one): stage(one, found.revisions) for one in found.stages}
    for name in set(_listed(found.stages, KUSTOMIZE, "Kustomization")) - stages.keys():
        stages[name] = _absent_stage(name)
    return (
        *(stages[name] for name in sorted(stages)),
        *(there.get(name) or absent(name) for name in sorted(expected)),
    )


def not_begun(found: Snapshot) -> str:
    """Why Flux has not begun its work from Git; empty once it has.

    It has when a source is there, each Kustomization that no other brings has applied it, and
    those that they bring have been looked at.
    """
    if not found.stages:
        return "Flux is there; nothing tells it yet what to install."
    for kind, source in found.sources:
        ready = condition(source, "Ready")
        if not (ready and ready["status"] == "True" and source["status"].get("artifact")):
            said = ready.get("message", "") if ready else "not looked at yet"
            return f"Flux's {kind} {name_of(source)[1]} is not there yet: {said}"
    if not found.sources:
        return "Flux has no source to take the Sovereign's configuration from yet."
    there = {name_of(one): one for one in found.stages}
    brought = set(_listed(found.stages, KUSTOMIZE, "Kustomization"))
    for name, document in there.items():
        said = (condition(document, "Ready") or {}).get("message", "not looked at yet")
        if not condition(document, "Ready") or (name not in brought and not _applied(document)):
            return f"Flux's Kustomization {name[1]} has not been applied yet: {said}"
    if missing := sorted(brought - there.keys()):
        return f"Flux's Kustomization {missing[0][1]} is not there yet."
    return ""


def _applied(document: Json) -> bool:
    # Of one that waits for the health of what it brings, the inventory comes long before the end.
    status = document.get("status", {})
    return bool(status.get("lastAppliedRevision") or status.get("inventory", {}).get("entries"))


def _listed(stages: tuple[Json, ...], group: str, kind: str) -> Iterator[Name]:
    """What Kustomizations applied of one kind. An entry is `<namespace>_<name>_<group>_<kind>`."""
    for document in stages:
        inventory = document.get("status", {}).get("inventory") or {}
        for entry in inventory.get("entries") or ():
            namespace, *rest = entry["id"].split("_")
            if rest[1:] == [group, kind]:
                yield namespace, rest[0]


def _absent_stage(name: Name) -> Seen:
    return Seen(Kind.STAGE, *name, Status.PENDING, "not there yet", None, ())
