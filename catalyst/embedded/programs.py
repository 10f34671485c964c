"""Where the fetcher keeps a pinned tool; asked by its command line, since it imports no kernel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from catalyst.embedded.service import CannotStart
from catalyst.embedded.state import BASE_DIR


def program(name: str) -> Path:
    """A tool of infra/tools/versions.toml. Raises CannotStart with the line that gets it."""
    command = [sys.executable, str(BASE_DIR / "infra/tools/fetch.py"), "path", name]
    found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if found.returncode != 0:
        raise CannotStart(f"{name} is missing: python3 infra/tools/fetch.py ensure {name}")
    return Path(found.stdout.strip())


# What a machine's cluster and the kit on it take (infra/localcloud/supply/programs.py).
CLUSTER = (
    *("kube", "helm", "registry", "source-controller", "kustomize-controller", "helm-controller"),
    *("cert-manager", "external-secrets", "gitea", "keycloak"),
)


def missing_for_clusters() -> list[str]:
    """Names of tools that nobody fetched yet."""
    missing = []
    for name in CLUSTER:
        try:
            program(name)
        except CannotStart:
            missing.append(name)
    return missing


def beside(name: str) -> Path:
    """A program of a wheel or of the system. Raises CannotStart."""
    here = Path(sys.executable).with_name(name)
    found = str(here) if here.exists() else shutil.which(name)
    if found is None:
        raise CannotStart(f"the program {name} is missing: make doctor")
    return Path(found)
