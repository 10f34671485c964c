"""What a control plane is told: addresses, names, folders and programs. Values only."""

from dataclasses import dataclass
from pathlib import Path

from infra.localcloud.machines.control_plane.slices import Slice

API_PORT = 6443  # k3s
ETCD_CLIENT_PORT, ETCD_PEER_PORT = 2379, 2380
KUBELET_PORT = 10250


@dataclass(frozen=True, slots=True)
class Programs:
    """`kube` is API server, controller manager or scheduler by its first word.

    Without `helm` no HelmChart is installed; without `traefik` nothing fulfils a Gateway.
    """

    kube: Path
    etcd: Path
    helm: Path | None = None
    traefik: Path | None = None


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """`address`: where everything listens. `tls_names`: k3s's `--tls-san`. `folder`: its disk.

    `joins`: addresses of control planes whose etcd this one joins; none makes a cluster.
    """

    name: str
    address: str
    slice: Slice
    folder: Path
    tls_names: tuple[str, ...] = ()
    domain: str = "cluster.local"
    joins: tuple[str, ...] = ()

    @property
    def etcd(self) -> str:
        return f"https://{self.address}:{ETCD_CLIENT_PORT}"

    @property
    def etcd_peer(self) -> str:
        return f"https://{self.address}:{ETCD_PEER_PORT}"

    @property
    def server(self) -> str:
        return f"https://{self.address}:{API_PORT}"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def api_hosts(self) -> list[str]:
        """Every name and address the API is called by (k3s: the same list)."""
        names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
        full = f"kubernetes.default.svc.{self.domain}"
        listed = [*names, full, str(self.slice.api), self.address, "127.0.0.1", *self.tls_names]
        return list(dict.fromkeys(listed))
