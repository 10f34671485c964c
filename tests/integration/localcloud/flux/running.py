"""Charts, Git and Flux as processes of their own, and what one does with them from outside."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.check import tools
from infra.localcloud.machines.flux.controllers import NAMESPACE
from infra.localcloud.supply import repository
from infra.localcloud.supply.config import NAMESPACE as CHARTS
from tests.integration.internet.running import free_port, until
from tests.integration.localcloud.cluster.running import ECHO, ROOT, Cluster

KEY = "a-key-only-tests-know"
PROGRAMS = ("registry", "source-controller", "kustomize-controller", "helm-controller")


@dataclass
class Program:
    """One of our programs, run by a file of settings."""

    module: tuple[str, ...]
    config: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.config.with_suffix(".log")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.module, "--config", str(self.config)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def said(self, words: str, *, seconds: float) -> str:
        """The log, once these words stand in it."""

        def look() -> str:
            text = self.log.read_text()
            assert self.process is not None and self.process.poll() is None, text
            return text if words in text else ""

        return str(until(look, seconds=seconds))

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@dataclass(frozen=True)
class Supply:
    folder: Path
    program: Program
    registry: str
    git: str

    @classmethod
    def make(cls, folder: Path, programs: dict[str, Path], *, host: str = "127.0.0.1") -> Supply:
        """`host`: where it listens; Pods do not reach loopback."""
        registry, git = free_port(), free_port()
        (key := folder / "key").write_text(KEY)
        config = folder / "supply.json"
        config.write_text(
            json.dumps(
                {
                    "state_dir": str(folder / "state"),
                    "registry": {"host": host, "port": registry},
                    "git": {"host": host, "port": git},
                    "registry_program": str(programs["registry"]),
                    "helm": str(tools.helm()),
                    "push_key_file": str(key),
                }
            )
        )
        program = Program(("infra.localcloud.supply",), config)
        return cls(folder, program, f"{host}:{registry}", f"http://{host}:{git}")

    def repository(self, name: str, files: dict[str, str]) -> Checkout:
        """A new repository with these files, and a clone of it."""
        source = self.folder / "sources" / name
        source.mkdir(parents=True)
        _write(source, files)
        repository.publish(self.folder / f"state/git/{name}.git", source, ["."])
        return self.clone(name)

    def clone(self, name: str) -> Checkout:
        checkout = Checkout(self.folder / "clones" / name, f"{self.git}/{name}.git")
        shutil.rmtree(checkout.folder, ignore_errors=True)
        done = git("clone", "--quiet", checkout.url, str(checkout.folder))
        assert done.returncode == 0, done.stderr
        return checkout


@dataclass(frozen=True)
class Checkout:
    folder: Path
    url: str

    def push(
        self, files: dict[str, str], *, key: str | None = KEY
    ) -> subprocess.CompletedProcess[str]:
        """Commit and push; the key goes neither into the URL nor into an argument."""
        _write(self.folder, files)
        for words in (("add", "."), ("commit", "--quiet", "--message", "a change")):
            assert git("-C", str(self.folder), *words).returncode == 0
        header = {}
        if key is not None:
            login = base64.b64encode(f"anybody:{key}".encode()).decode()
            header = {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "http.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {login}",
            }
        return git("-C", str(self.folder), "push", "--quiet", "origin", "HEAD:main", **header)


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (path := folder / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    who = {f"GIT_{r}_{w}": "test" for r in ("AUTHOR", "COMMITTER") for w in ("NAME", "EMAIL")}
    surroundings = repository.environment(GIT_TERMINAL_PROMPT="0", **who, **more)
    return subprocess.run(
        ["git", *words], env=surroundings, capture_output=True, text=True, timeout=30, check=False
    )


@dataclass(frozen=True)
class World:
    """A cluster with Flux, and what Flux fetches from."""

    cluster: Cluster
    supply: Supply

    def object(self, kind: str, name: str) -> dict[str, Any]:
        """Empty while it is not there."""
        words = ("-n", NAMESPACE, "get", kind, name, "--ignore-not-found", "-o", "json")
        found: dict[str, Any] = json.loads(self.cluster.kubectl(*words) or "{}")
        return found

    def ready(self, kind: str, name: str, status: str, words: str, *, seconds: float = 90) -> str:
        """Wait until its condition Ready is so and says so; the message."""

        def look() -> str:
            for each in self.object(kind, name).get("status", {}).get("conditions", []):
                if (each["type"], each["status"]) == ("Ready", status) and words in each["message"]:
                    return str(each["message"])
            return ""

        return str(until(look, seconds=seconds))

    def follow(self, name: str, url: str, *, patches: Sequence[dict[str, Any]] = ()) -> None:
        """Let Flux read a repository and apply all of it, changed by `patches`."""
        source = {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"interval": "1s", "url": url, "ref": {"branch": "main"}},
        }
        applied = {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "interval": "1m",
                "retryInterval": "1s",
                "path": "./",
                "prune": True,
                "sourceRef": {"kind": "GitRepository", "name": name},
                "patches": list(patches),
                "postBuild": {"substitute": {"REGISTRY": f"{self.supply.registry}/{CHARTS}"}},
            },
        }
        both = {"apiVersion": "v1", "kind": "List", "items": [source, applied]}
        self.cluster.kubectl("apply", "-f", "-", told=json.dumps(both))


def chart(folder: Path, name: str, version: str, template: str) -> Path:
    """A chart of one template in `folder`."""
    target = folder / version / name
    (target / "templates").mkdir(parents=True)
    meta = {"apiVersion": "v2", "name": name, "version": version}
    (target / "Chart.yaml").write_text(yaml.safe_dump(meta))
    (target / "values.yaml").write_text("colour: red\n")
    (target / "templates" / "all.yaml").write_text(template)
    return target


DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {{{{ .Release.Name }}}}}}
spec:
  selector: {{matchLabels: {{app: {{{{ .Release.Name }}}}}}}}
  template:
    metadata: {{labels: {{app: {{{{ .Release.Name }}}}}}}}
    spec:
      containers:
        - name: main
          image: {ECHO}
          env: [{{name: COLOUR, value: {{{{ .Values.colour }}}}}}]
          readinessProbe: {{httpGet: {{path: /healthz, port: 8080}}, periodSeconds: 1}}
"""


def release(name: str, version: str, colour: str, **more: Any) -> str:
    """HelmRelease and the repository its chart `<name>` comes from. `more`: into its spec."""
    source = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmRepository",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"type": "oci", "interval": "1m", "url": "oci://${REGISTRY}", "insecure": True},
    }
    spec = {
        "interval": "1m",
        "releaseName": name,
        "targetNamespace": "default",
        "upgrade": {"remediation": {"retries": 1, "strategy": "rollback"}},
        "chart": {
            "spec": {
                "chart": name,
                "version": version,
                "sourceRef": {"kind": "HelmRepository", "name": name},
            }
        },
        "values": {"colour": colour},
        **more,
    }
    wanted = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }
    return yaml.safe_dump_all([source, wanted])
