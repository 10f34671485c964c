"""What a kubelet is told when it starts: one JSON file, written by the machine."""

import json
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Config:
    """`folder`: what it keeps; `root`: the machine's disk, where hostPath and local volumes lie.

    `images`: files like images.toml, the later ones win. `places`: what `{name}` stands for in
    them. `certificate` and `key`: for the port the API asks for logs; `client_ca`: whom it answers.
    """

    name: str
    address: str
    kubeconfig: Path
    folder: Path
    root: Path
    images: tuple[Path, ...]
    places: dict[str, str]
    domain: str
    names: IPv4Address
    api: IPv4Address
    certificate: Path
    key: Path
    client_ca: Path

    @property
    def pods(self) -> Path:
        return self.folder / "pods"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def write(self, path: Path) -> None:
        """Keep it for `load`; it holds paths, no secret."""
        raw = {name: getattr(self, name) for name in self.__slots__}
        path.write_text(json.dumps(raw | {"images": [str(p) for p in self.images]}, default=str))


def load(path: Path) -> Config:
    raw: dict[str, Any] = json.loads(path.read_text())
    files = ("kubeconfig", "folder", "root", "certificate", "key", "client_ca")
    return Config(
        **raw
        | {name: Path(raw[name]) for name in files}
        | {name: IPv4Address(raw[name]) for name in ("names", "api")}
        | {"images": tuple(Path(name) for name in raw["images"])},
    )
