"""One chart from its folder to a signed artifact, in the order of infra.md §6.1.

Nothing is pushed before all that can be said without pushing is said, and no version twice.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.check.charts import Chart
from infra.release import guards, programs
from infra.release.programs import ReleaseRefused

_DIGEST = re.compile(r"^Digest:\s*(sha256:[0-9a-f]{64})\s*$", re.MULTILINE)
# What registries say of a version they do not have; anything else is no answer.
_ABSENT = re.compile(r"not found|manifest unknown|name unknown|404", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Published:
    """`reference` names the artifact by its digest: `registry/bp-x@sha256:…`."""

    reference: str
    sbom: Path


def check(chart: Chart, workshop: Path) -> Path:
    """Build, package and try a chart; the archive. Raises `ReleaseRefused`. Touches no registry of
    ours and leaves the chart's folder as it is."""
    copy = workshop / "chart" / chart.folder
    shutil.copytree(chart.path, copy)
    if chart.dependencies:
        programs.run("helm", "dependency", "update", copy)
    refuse(guards.vendored(copy))
    programs.run("helm", "lint", "--strict", copy)
    programs.run("helm", "package", copy, "--destination", workshop)
    archive = workshop / f"{chart.name}-{chart.version}.tgz"
    if not archive.is_file():
        raise ReleaseRefused(f"helm package made no {archive.name}")
    refuse(guards.packaged(archive, chart))
    refuse(guards.smoke(programs.run("helm", "template", chart.name, archive)))
    return archive


def publish(chart: Chart, workshop: Path, *, registry: str) -> Published:
    """Check, push, read back, sign, attest. `registry` is a host with a path, `ghcr.io/openova-io`.
    Raises `ReleaseRefused`."""
    archive = check(chart, workshop)
    address = f"{registry}/{chart.name}"
    if exists(address, chart.version):
        raise ReleaseRefused(f"{address}:{chart.version} is published: a version never changes")
    said = programs.run("helm", "push", archive, f"oci://{registry}")
    found = _DIGEST.search(said)
    if found is None:
        raise ReleaseRefused(f"helm push told no digest: {said.strip()}")
    reference = f"{address}@{found[1]}"
    back = workshop / "back"
    back.mkdir()
    programs.run(
        *("helm", "pull", f"oci://{address}", "--version", chart.version, "--destination", back)
    )
    refuse(guards.pulled(archive, back / archive.name))
    # Keyless: the identity is the workflow's own, from its OIDC token.
    programs.run("cosign", "sign", "--yes", reference)
    sbom = workshop / f"{archive.stem}.spdx.json"
    programs.run("syft", "scan", f"file:{archive}", "--output", f"spdx-json={sbom}")
    if not sbom.is_file():
        raise ReleaseRefused("syft wrote no list of what is inside")
    programs.run(
        *("cosign", "attest", "--yes", "--type", "spdxjson", "--predicate", sbom, reference)
    )
    return Published(reference, sbom)


def exists(address: str, version: str) -> bool:
    """Whether the registry has that version. Raises `ReleaseRefused` when it can not be told."""
    done = programs.attempt("helm", "show", "chart", f"oci://{address}", "--version", version)
    if done.returncode == 0:
        return True
    if _ABSENT.search(done.stdout):
        return False
    raise ReleaseRefused(f"whether {address}:{version} exists is not known: {done.stdout.strip()}")


def refuse(faults: list[str]) -> None:
    if faults:
        raise ReleaseRefused("; ".join(faults))
