"""What a program that plays k3s on a machine is told: one JSON file, written by the boot."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from infra.localcloud.machines.control_plane.spec import Programs

# k3s keeps its things here, below the machine's root.
STATE = "var/lib/rancher/k3s"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`root`: the machine's disk. `tls_names`: k3s's `--tls-san`. `upstream`: resolvers for Pods.

    `labels`: the node's, `key=value`. `kubeconfig_mode`: of the file where k3s writes it.
    `images`: files after our images.toml. `places`: what `{…}` means in them besides `python`,
    `python_bin`, `python_home` and `app_dir`.
    """

    name: str
    address: str
    root: Path
    python: Path
    app_dir: Path
    programs: Programs
    tls_names: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    kubeconfig_mode: int = 0o600
    upstream: tuple[str, ...] = ()
    images: tuple[Path, ...] = ()
    places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """From JSON with the same names; `programs` holds `kube` and `etcd`."""
        raw: dict[str, Any] = json.loads(path.read_text())
        paths = {name: Path(raw[name]) for name in ("root", "python", "app_dir")}
        programs = Programs(**{name: Path(value) for name, value in raw["programs"].items()})
        lists = {name: tuple(raw.get(name, ())) for name in ("tls_names", "labels", "upstream")}
        images = tuple(Path(name) for name in raw.get("images", ()))
        return cls(**{**raw, **paths, **lists, "images": images, "programs": programs})
