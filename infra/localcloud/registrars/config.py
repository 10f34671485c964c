"""What the registrars are told when they start: one JSON file, read and checked once."""

import json
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any


class ConfigError(ValueError):
    """The file is missing, or a field of it cannot be used; the text says which."""


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
    try:
        return _config(json.loads(path.read_text()))
    except KeyError as error:
        raise ConfigError(f"{path}: field {error} is missing") from error
    except (OSError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _config(raw: dict[str, Any]) -> Config:
    return Config(
        state_dir=Path(raw["state_dir"]),
        range=IPv4Network(raw["range"]),
        port=int(raw["port"]),
        admin_port=int(raw["admin"]["port"]),
        admin_key=_key(raw["admin"]["key_file"]),
        acme_dir=Path(raw["acme_dir"]),
        registry_url=str(raw["registry"]["url"]),
        registry_key=_key(raw["registry"]["key_file"]),
        job_seconds=float(raw.get("job_seconds", 0.3)),
    )


def _key(file: str) -> str:
    key = Path(file).read_text().strip()
    if len(key) < 32:
        raise ConfigError(f"{file} must hold a key of at least 32 characters")
    return key
