"""What the process beside the control plane is told: one JSON file, written by the machine."""

import json
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Config:
    """`address`: where node ports listen. `names`: where the DNS does. `root`: the machine's disk.

    `upstream`: resolvers for names outside the cluster; without any, this computer's. `helm`: the
    program; without it no HelmChart is served.
    """

    kubeconfig: Path
    address: str
    services: IPv4Network
    names: IPv4Address
    domain: str
    root: Path
    upstream: tuple[str, ...]
    helm: Path | None = None

    def write(self, path: Path) -> None:
        """Keep it for `load`; it holds paths, no secret."""
        raw = {
            name: getattr(self, name) for name in self.__slots__ if getattr(self, name) is not None
        }
        path.write_text(json.dumps(raw, default=str))


def load(path: Path) -> Config:
    raw: dict[str, Any] = json.loads(path.read_text())
    return Config(
        kubeconfig=Path(raw["kubeconfig"]),
        address=raw["address"],
        services=IPv4Network(raw["services"]),
        names=IPv4Address(raw["names"]),
        domain=raw["domain"],
        root=Path(raw["root"]),
        upstream=tuple(raw["upstream"]),
        helm=Path(raw["helm"]) if raw.get("helm") else None,
    )
