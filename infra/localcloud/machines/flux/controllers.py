"""How Flux's three controllers are started: their flags, nothing else.

Flags: each program's own `--help`, Flux 2.9. Those that decide how Flux behaves are the ones of
`infra/charts/flux` and `infra/clusters/_template/platform/flux.yaml`.
"""

from dataclasses import dataclass
from pathlib import Path

from infra.check import charts

NAMESPACE = "flux-system"
STORAGE_PORT = 9090
# Ports for health, one each: on a machine all three share one address.
HEALTH_PORTS = {"source-controller": 9440, "kustomize-controller": 9441, "helm-controller": 9442}


@dataclass(frozen=True, slots=True)
class Programs:
    source: Path
    kustomize: Path
    helm: Path
    kubectl: Path


@dataclass(frozen=True, slots=True)
class FluxSpec:
    """`address`: where the controllers listen. `folder`: what they keep, on the machine's disk."""

    address: str
    kubeconfig: Path
    folder: Path

    def health(self, name: str) -> str:
        return f"{self.address}:{HEALTH_PORTS[name]}"


def all_of(spec: FluxSpec, programs: Programs) -> dict[str, tuple[str, ...]]:
    """Controller → argv."""
    requeue = {"requeue-dependency": "2s"}
    storage = {
        "storage-path": spec.folder / "artifacts",
        "storage-addr": f"{spec.address}:{STORAGE_PORT}",
        "storage-adv-addr": f"{spec.address}:{STORAGE_PORT}",
    }
    gates = "StrictPostBuildSubstitutions=true,CancelHealthCheckOnNewRevision=true"
    strict = {"feature-gates": gates}
    return {
        "source-controller": _argv(spec, "source-controller", programs.source, storage),
        "kustomize-controller": _argv(
            spec, "kustomize-controller", programs.kustomize, requeue | strict
        ),
        "helm-controller": _argv(spec, "helm-controller", programs.helm, requeue),
    }


def _argv(
    spec: FluxSpec, name: str, program: Path, own: dict[str, object] | dict[str, str]
) -> tuple[str, ...]:
    scratch = spec.folder / "tmp"
    surroundings = {
        "KUBECONFIG": spec.kubeconfig,
        "RUNTIME_NAMESPACE": NAMESPACE,
        "HOME": scratch,
        "TMPDIR": scratch,
        "TUF_ROOT": scratch / ".sigstore",
    }
    flags = {
        "watch-all-namespaces": "true",
        "concurrent": str(charts.read(charts.ROOT / "flux" / "values.yaml")["concurrent"]),
        "log-level": "info",
        "log-encoding": "json",
        # Nobody listens to events or asks for metrics.
        "events-addr": "",
        "metrics-addr": "0",
        "health-addr": spec.health(name),
        **own,
    }
    return (
        # Of this computer's environment nothing but PATH: a proxy of its user is not the machine's.
        *("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
        *(f"{key}={value}" for key, value in surroundings.items()),
        str(program),
        *(f"--{flag}={value}" for flag, value in flags.items()),
    )
