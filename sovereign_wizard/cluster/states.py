"""What a HelmRelease or a Kustomization of Flux says, as the state of one component. Pure.

The table is provisioning §3 with its faults W19 and W20 mended: only what Flux itself has given up
on is failed; what was said about an older version counts for nothing. Conditions and reasons:
fluxcd.io, helm-controller and kustomize-controller API, `status.conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

NAMESPACE = "flux-system"
PREFIX = "bp-"
# Reasons of `Ready=False` that only say that work is under way.
MOVING = frozenset({"Progressing", "ProgressingWithRetry", "ReconcileStarted", "SourceNotReady"})
EXHAUSTED = "RetriesExceeded"
# How a chart's appVersion ends whose upstream is a stub (infra/localcloud/supply/kit.py).
STUBBED = "-upstream-stubbed"
NEEDS_ANOTHER = re.compile(r"dependency '[^']*' is not ready")


class Status(StrEnum):
    """`DEGRADED`: it failed and Flux tries again. `FAILED`: Flux has given up on this version."""

    PENDING = "pending"
    INSTALLING = "installing"
    INSTALLED = "installed"
    DEGRADED = "degraded"
    FAILED = "failed"
    SUSPENDED = "suspended"


class Kind(StrEnum):
    """`STAGE`: a Kustomization, which brings releases. `RELEASE`: a HelmRelease."""

    STAGE = "stage"
    RELEASE = "release"


Name = tuple[str, str]  # namespace, name


@dataclass(frozen=True, slots=True)
class Seen:
    """One component at one moment. `id` and `depends_on` are names without `bp-`.

    `workloads`: the namespace they are in. `stubbed`: of upstream's chart only the part is there
    that this computer has (no network). `stuck`: what its Pods say, if they do not get on. The
    versions are those of the newest release in `status.history` (helm-controller API).
    """

    kind: Kind
    namespace: str
    name: str
    status: Status
    message: str
    transition_at: datetime | None
    depends_on: tuple[str, ...]
    workloads: str = ""
    stubbed: bool = False
    stuck: str = ""
    chart_version: str = ""
    app_version: str = ""

    @property
    def id(self) -> str:
        return short(self.name)


def short(name: str) -> str:
    """`bp-gitea` → `gitea`."""
    return name.removeprefix(PREFIX)


def release(document: Json) -> Seen:
    """The component of a HelmRelease (helm.toolkit.fluxcd.io/v2)."""
    spec, status = document["spec"], document.get("status", {})
    newest: Json = next(iter(status.get("history") or ()), {})
    return replace(
        _seen(Kind.RELEASE, document),
        workloads=spec.get("targetNamespace") or document["metadata"]["namespace"],
        stubbed=str(newest.get("appVersion", "")).endswith(STUBBED),
        chart_version=str(newest.get("chartVersion", "")),
        app_version=str(newest.get("appVersion", "")).removesuffix(STUBBED),
    )


def stage(document: Json, revisions: Mapping[tuple[str, str, str], str]) -> Seen:
    """The component of a Kustomization (kustomize.toolkit.fluxcd.io/v1).

    `revisions`: what the sources offer now, by kind, namespace and name. One that is ready with
    what was in Git before is not ready.
    """
    seen = _seen(Kind.STAGE, document)
    offered = revisions.get(source_of(document), "")
    applied = document.get("status", {}).get("lastAppliedRevision", "")
    if seen.status == Status.INSTALLED and offered and applied != offered:
        return replace(seen, status=Status.INSTALLING, message=f"goes on to {offered}")
    return seen


def absent(name: Name) -> Seen:
    """A release that Git brings and that is not in the cluster (yet)."""
    return Seen(Kind.RELEASE, *name, Status.PENDING, "not there yet", None, ())


def source_of(document: Json) -> tuple[str, str, str]:
    """Kind, namespace and name of the source a Kustomization takes its files from."""
    source = document["spec"]["sourceRef"]
    return source["kind"], source.get("namespace", name_of(document)[0]), source["name"]


def name_of(document: Json) -> Name:
    return document["metadata"]["namespace"], document["metadata"]["name"]


def condition(document: Json, kind: str) -> Json | None:
    conditions: list[Json] = document.get("status", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == kind), None)


def _seen(kind: Kind, document: Json) -> Seen:
    ready = condition(document, "Ready")
    status, message = _status(document, ready)
    since = ready.get("lastTransitionTime") if ready else None
    needed = document["spec"].get("dependsOn", [])
    return Seen(
        kind=kind,
        namespace=name_of(document)[0],
        name=name_of(document)[1],
        status=status,
        message=message,
        transition_at=datetime.fromisoformat(since) if since else None,
        depends_on=tuple(short(one["name"]) for one in needed),
    )


def _status(document: Json, ready: Json | None) -> tuple[Status, str]:
    if document["spec"].get("suspend"):
        return (
            Status.SUSPENDED,
            "suspended in the cluster: Flux leaves it alone until it is resumed",
        )
    if "deletionTimestamp" in document["metadata"]:
        return Status.PENDING, "is being removed"
    stalled = condition(document, "Stalled")
    if stalled and stalled["status"] == "True" and _current(document, stalled):
        return Status.FAILED, _words(stalled)
    if ready is None:
        return Status.PENDING, "Flux has not looked at it yet"
    if not _current(document, ready):
        return Status.INSTALLING, "a newer version is about to be looked at"
    if ready["status"] == "False":
        return _not_ready(ready), _words(ready)
    if ready["status"] == "True" and _observed(document):
        return Status.INSTALLED, _words(ready)
    return Status.INSTALLING, _words(ready)


def _not_ready(ready: Json) -> Status:
    reason, message = ready.get("reason", ""), ready.get("message", "")
    if reason == EXHAUSTED:
        return Status.FAILED
    if reason == "DependencyNotReady" or NEEDS_ANOTHER.search(message):
        return Status.PENDING
    return Status.INSTALLING if reason in MOVING else Status.DEGRADED


def _current(document: Json, said: Json) -> bool:
    """Is this condition about the object as it is now? Flux notes the generation it speaks of."""
    generation: int = document["metadata"].get("generation", 0)
    about: int = said.get("observedGeneration", generation)
    return about >= generation


def _observed(document: Json) -> bool:
    generation: int = document["metadata"].get("generation", 0)
    observed: int = document["status"].get("observedGeneration", -1)
    return observed >= generation


def _words(said: Json) -> str:
    return said.get("message") or said.get("reason") or ""
