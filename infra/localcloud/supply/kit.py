"""Puts charts into the registry: assembled with their stubs, packaged and pushed, once per content.

What a chart holds is hashed before it is packaged, since a package holds the time of its making;
the hash stands as an annotation in the registry, so that the registry itself says what it has.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from infra.check import charts, stubs
from infra.check.charts import Chart
from infra.localcloud.supply import registry
from infra.localcloud.supply.config import NAMESPACE

CONTENT = "catalyst.openova.io/content"
# How the appVersion of a chart ends whose upstream is a stub here.
STUBBED = "-upstream-stubbed"
_SECONDS = 120


class NotPushed(RuntimeError):
    """helm would not package or push; the text is its own."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A registry and the helm that pushes to it."""

    host: str
    helm: Path


def publish(shelf: Shelf, kit: Iterable[Chart], *, stub_root: Path = charts.STUBS) -> list[str]:
    """Push what the registry does not have; return the names of those charts.

    A version whose content changed is pushed again: on a laptop charts change while one works at
    them. Raises NotPushed, RegistryProblem, WrongStub.
    """
    with TemporaryDirectory(prefix="catalyst-kit-") as work:
        target = Path(work)
        missing = []
        for chart in kit:
            copy = stubs.assemble(chart, target / "charts", stubs=stub_root, show_values=False)
            if chart.dependencies:
                _say_stubbed(copy / "Chart.yaml")
            content = hash_of(copy)
            repository = f"{NAMESPACE}/{chart.name}"
            there = registry.annotations(shelf.host, repository, chart.version)
            if there is None or there.get(CONTENT) != content:
                _mark(copy / "Chart.yaml", content)
                missing.append((chart, copy))
        if missing:
            packages = target / "packages"
            folders = [str(copy) for _, copy in missing]
            _helm(shelf, target, "package", "--destination", str(packages), *folders)
            for package in sorted(packages.iterdir()):
                remote = f"oci://{shelf.host}/{NAMESPACE}"
                _helm(shelf, target, "push", "--plain-http", str(package), remote)
        return [chart.name for chart, _ in missing]


def hash_of(folder: Path) -> str:
    """SHA-256 over the paths and contents of all files below, in order."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for part in (str(path.relative_to(folder)).encode(), path.read_bytes()):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def _say_stubbed(path: Path) -> None:
    # Of a chart's words only its appVersion comes as far as a HelmRelease's status.
    meta = charts.read(path)
    meta["appVersion"] = f"{meta.get('appVersion', meta['version'])}{STUBBED}"
    path.write_text(yaml.safe_dump(meta, sort_keys=False))


def _mark(path: Path, content: str) -> None:
    # helm takes a chart's annotations over into the manifest.
    meta = charts.read(path)
    meta["annotations"] = {**(meta.get("annotations") or {}), CONTENT: content}
    path.write_text(yaml.safe_dump(meta, sort_keys=False))


def _helm(shelf: Shelf, home: Path, *arguments: str) -> None:
    done = subprocess.run(
        [shelf.helm, *arguments],
        # A home of its own: neither logins nor proxies of this user are needed or wanted.
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise NotPushed((done.stdout + done.stderr).strip())
