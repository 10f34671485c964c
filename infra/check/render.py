"""Running helm on assembled charts: lint, and what a release would put into the cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.check import documents, stubs, tools
from infra.check.documents import Document

KUBERNETES = "1.37.0"
SECONDS = 60


class HelmRefused(Exception):
    """helm would not render or lint; the text is its own."""


@dataclass(frozen=True)
class Rendered:
    """All objects of one release. `reached` maps a subchart's key to the values it was given."""

    documents: tuple[Document, ...]
    reached: Mapping[str, Any]

    def own(self) -> list[Document]:
        """Objects of our templates, not of a subchart's."""
        return [document for document in self.documents if not document.from_upstream]

    def of_kind(self, kind: str) -> list[Document]:
        return [document for document in self.documents if document.kind == kind]

    def one(self, kind: str, name: str) -> Document:
        """The one object of that kind and name. Raises `LookupError`."""
        found = [document for document in self.of_kind(kind) if document.name == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} objects {kind} {name}")
        return found[0]


def lint(chart: Path, values: Sequence[Path] = ()) -> None:
    """Raises `HelmRefused`, for warnings as well."""
    _helm("lint", "--strict", "--quiet", "--kube-version", KUBERNETES, *_files(values), str(chart))


def template(
    chart: Path,
    values: Sequence[Path] = (),
    *,
    settings: Mapping[str, Any] | None = None,
    release: str = "",
    namespace: str = "release-space",
    api_versions: Sequence[str] = (),
    upgrade: bool = False,
) -> Rendered:
    """Render a release of that chart. `settings` are values over all others, dotted paths allowed
    to be nested mappings. Raises `HelmRefused`."""
    output = _helm(
        *("template", release or chart.name, str(chart), "--include-crds"),
        *("--namespace", namespace, "--kube-version", KUBERNETES),
        *_files(values),
        *(("--values", "-") if settings is not None else ()),
        *(word for each in api_versions for word in ("--api-versions", each)),
        *(("--is-upgrade",) if upgrade else ()),
        stdin=yaml.safe_dump(dict(settings)) if settings is not None else "",
    )
    return _sorted(documents.parse(output))


def _files(values: Sequence[Path]) -> list[str]:
    return [word for path in values for word in ("--values", str(path))]


def _sorted(found: list[Document]) -> Rendered:
    ours, reached = [], {}
    for document in found:
        if document.kind == "ConfigMap" and document.name.startswith(stubs.MARKER):
            key = document.name.removeprefix(stubs.MARKER)
            reached[key] = yaml.safe_load(document.body["data"]["values.yaml"]) or {}
        else:
            ours.append(document)
    return Rendered(tuple(ours), reached)


def _helm(*arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [tools.helm(), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise HelmRefused((done.stdout + done.stderr).strip())
    return done.stdout
