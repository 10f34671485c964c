"""The Flux tree as Flux would see it: stages (Kustomizations), releases and what each is given."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.check import documents, substitute, tools
from infra.check.documents import Document

FLUX_NAMESPACE = "flux-system"


class NotBuilt(Exception):
    """kustomize refused a folder; the text is its own."""


def build(folder: Path, patches: Sequence[Mapping[str, Any]] = ()) -> str:
    """`kubectl kustomize` of one folder, before any substitution. Raises `NotBuilt`.

    `patches`: `spec.patches` of the Kustomization that applies the folder.
    """
    if patches:
        with tempfile.TemporaryDirectory() as work:
            above = Path(work).resolve()
            told = {"resources": [os.path.relpath(folder, above)], "patches": list(patches)}
            (above / "kustomization.yaml").write_text(json.dumps(told))
            return build(above)
    done = subprocess.run(
        [tools.kubectl(), "kustomize", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise NotBuilt(done.stderr.strip())
    return done.stdout


def objects(folder: Path, variables: Mapping[str, str] | None = None) -> list[Document]:
    """The objects of a folder; with `variables`, after strict substitution as Flux does it: object
    by object, and not in those that say so. Raises `NotBuilt` and `NotSubstituted`."""
    return parse(build(folder), variables, source=folder.name)


def parse(text: str, variables: Mapping[str, str] | None, *, source: str) -> list[Document]:
    """The objects of what kustomize built; see `objects`."""
    found = []
    for part in text.split("\n---\n"):
        (document,) = documents.parse(part, source=source)
        if variables is not None and not _left_alone(document):
            (document,) = documents.parse(substitute.substitute(part, variables), source=source)
        found.append(document)
    return found


def _left_alone(document: Document) -> bool:
    marks = {**document.labels, **document.annotations}
    return marks.get("kustomize.toolkit.fluxcd.io/substitute") == "disabled"


@dataclass(frozen=True)
class Release:
    """One HelmRelease. `stage` is the name of the Kustomization that applies it, when known."""

    document: Document
    stage: str = ""

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def chart(self) -> str:
        """Name of the chart, `bp-<folder>`."""
        return str(self._chart_spec.get("chart", ""))

    @property
    def version(self) -> str:
        return str(self._chart_spec.get("version", ""))

    @cached_property
    def _chart_spec(self) -> dict[str, Any]:
        return (self.document.spec.get("chart") or {}).get("spec") or {}

    @property
    def namespace(self) -> str:
        """Where its objects go."""
        return str(self.document.spec.get("targetNamespace") or self.document.namespace)

    @property
    def release_name(self) -> str:
        return str(self.document.spec.get("releaseName") or self.name)

    @property
    def depends_on(self) -> list[str]:
        return [each["name"] for each in self.document.spec.get("dependsOn") or []]

    @property
    def values(self) -> dict[str, Any]:
        return self.document.spec.get("values") or {}


def releases(found: Iterable[Document], stage: str = "") -> list[Release]:
    return [Release(document, stage) for document in found if document.kind == "HelmRelease"]


def stages(found: Iterable[Document]) -> dict[str, list[str]]:
    """Flux Kustomizations by name, each with the names it depends on."""
    return {
        document.name: [each["name"] for each in document.spec.get("dependsOn") or []]
        for document in found
        if document.kind == "Kustomization" and document.group == "kustomize.toolkit.fluxcd.io"
    }


def release_faults(release: Release, versions: Mapping[str, str]) -> list[str]:
    """What every release must have. `versions`: chart name → the version in `infra/charts`."""
    spec = release.document.spec
    faults = []
    if release.chart not in versions:
        faults.append(f"there is no chart {release.chart!r}")
    elif release.version != versions[release.chart]:
        faults.append(f"pins {release.version}, the chart is {versions[release.chart]}")
    if release.document.namespace != FLUX_NAMESPACE:
        faults.append(f"is in {release.document.namespace!r}, not in {FLUX_NAMESPACE}")
    if not spec.get("targetNamespace"):
        faults.append("has no targetNamespace")
    for act in ("install", "upgrade"):
        settings = spec.get(act) or {}
        if settings.get("crds") != "CreateReplace":
            faults.append(f"{act}.crds is not CreateReplace")
        if not (settings.get("remediation") or {}).get("retries"):
            faults.append(f"{act} is not tried again")
        if settings.get("disableWait") and "catalyst.openova.io/why-no-wait" not in (
            release.document.annotations
        ):
            faults.append(f"{act} does not wait, so Ready would mean applied")
    if ((spec.get("upgrade") or {}).get("remediation") or {}).get("strategy") != "rollback":
        faults.append("a failed upgrade is not rolled back")
    if (spec.get("driftDetection") or {}).get("mode") not in {"enabled", "warn"}:
        faults.append("does not look for drift")
    return [f"HelmRelease {release.name} {fault}" for fault in faults]
