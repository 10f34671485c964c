"""What the registrars are told when they start: one JSON file, read and checked once."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from infra.localcloud.config import read, read_key


@dataclass(frozen=True, slots=True)
class Config:
    """`port` serves the vendors by TLS, `admin_port` whoever sets them up; both on 127.0.0.1.

    acme_dir     where the local CA is, which signs for `port`
    registry     URL and key of the local internet's registry
    job_seconds  how long a vendor takes for what it does not do at once
    """

    state_dir: Path
    range: IPv4Network
    port: int
    admin_port: int
    admin_key: str
    acme_dir: Path
    registry_url: str
    registry_key: str
    job_seconds: float

    @property
    def hosting_address(self) -> str:
        """Where the vendors' own name servers answer, port 53."""
        return str(self.range[10])


def load(path: Path) -> Config:
    """Raises ConfigError."""
    return read(path, _config)


def _config(raw: dict[str, Any]) -> Config:
    return Config(
        state_dir=Path(raw["state_dir"]),
        range=IPv4Network(raw["range"]),
        port=int(raw["port"]),
        admin_port=int(raw["admin"]["port"]),
        admin_key=read_key(raw["admin"], "admin"),
        acme_dir=Path(raw["acme_dir"]),
        registry_url=str(raw["registry"]["url"]),
        registry_key=read_key(raw["registry"], "registry"),
        job_seconds=float(raw.get("job_seconds", 0.3)),
    )
