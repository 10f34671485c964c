"""Charts of the kit installed on a test's cluster by helm, as helm-controller would."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.check import charts, stubs, tools
from tests.integration.localcloud.cluster.running import Cluster, Space

FQDN = "omantel.omani.works"
_SECONDS = 240
# Kinds that charts make and nobody serves here: somebody else's stand-ins have tests of their own.
_KINDS = (
    charts.STUBS / "cloudnative-pg" / "crds",
    charts.ROOT.parent / "clusters" / "_template" / "crds" / "gateway-api" / "httproutes.yaml",
)


@dataclass(frozen=True)
class Kit:
    cluster: Cluster
    work: Path

    @classmethod
    def on(cls, cluster: Cluster, work: Path) -> Kit:
        for path in _KINDS:
            cluster.kubectl("apply", "--server-side", "--filename", str(path))
        return cls(cluster, work)

    def space(self, name: str) -> Space:
        """A name space of a name that charts expect."""
        return self.cluster.space(name)

    def install(
        self, folder: str, space: Space, values: dict[str, Any], *, jobs: bool = True
    ) -> None:
        """Install or upgrade a chart and wait until all of it is ready, hooks as well.

        `jobs`: and until its Jobs have ended.
        """
        wait = ["--wait", f"--timeout={_SECONDS}s", "--values", "-"]
        wait += ["--wait-for-jobs"] if jobs else []
        self.helm("upgrade", folder, space, "--install", *wait, told=json.dumps(values))

    def template(self, folder: str, space: Space, *settings: str) -> str:
        """What helm makes of a chart with what it finds on the cluster."""
        return self.helm("template", folder, space, "--dry-run=server", *settings)

    def helm(self, act: str, folder: str, space: Space, *argv: str, told: str = "") -> str:
        """What helm says when it does this with a chart; the release is called like its folder."""
        chart = self.work / folder
        if not chart.exists():
            (source,) = (each for each in charts.every() if each.folder == folder)
            stubs.assemble(source, self.work, show_values=False)
        config = str(self.cluster.state / "k3s.yaml")
        where = ["--kubeconfig", config, "--namespace", space.name]
        done = subprocess.run(
            [str(tools.helm()), act, folder, str(chart), *where, *argv],
            input=told,
            capture_output=True,
            text=True,
            timeout=_SECONDS + 30,
            check=False,
        )
        assert done.returncode == 0, f"{done.stderr}\n{why(space)}"
        return done.stdout


def why(space: Space) -> str:
    """What Pods, events and logs of a name space say, for a test that failed."""
    events = space.kubectl("get", "events", "--sort-by=.lastTimestamp")
    said = [
        space.tried("logs", name, "--all-containers", "--prefix", "--tail=5").stdout
        for name in space.kubectl("get", "pods", "-o", "name").split()
    ]
    return "\n".join((space.kubectl("get", "pods"), events, *said))


def secret(space: Space, name: str) -> dict[str, str]:
    """What a Secret holds."""
    told = json.loads(space.kubectl("get", "secret", name, "-o", "json"))
    return {key: base64.b64decode(value).decode() for key, value in told["data"].items()}


def pod_of(space: Space, selector: str) -> dict[str, Any]:
    """The one Pod with these labels."""
    told = json.loads(space.kubectl("get", "pods", "-l", selector, "-o", "json"))
    (pod,) = (p for p in told["items"] if "deletionTimestamp" not in p["metadata"])
    return dict(pod)


def conditions(space: Space, kind: str, name: str) -> dict[str, dict[str, str]]:
    """What an object says of itself: status, reason, message and more by the condition's type."""
    told = json.loads(space.kubectl("get", kind, name, "-o", "json"))
    return {each["type"]: each for each in (told.get("status") or {}).get("conditions", [])}


def ready(space: Space, kind: str, name: str) -> str:
    """The status of its condition Ready; empty while it has none."""
    return conditions(space, kind, name).get("Ready", {}).get("status", "")


def is_ready(space: Space, kind: str, name: str) -> bool:
    return ready(space, kind, name) == "True"


def address_of(space: Space, service: str) -> str:
    return space.kubectl("get", "service", service, "-o", "jsonpath={.spec.clusterIP}")
