"""What the local cloud is told when it starts: one JSON file, read once, checked at once.

It never reads the environment: the process that starts it decides everything here.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, TypeVar

Made = TypeVar("Made")


class ConfigError(ValueError):
    """The configuration file is missing a field or a field cannot be used; names the field."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A TCP address of a control service, always on loopback."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """Programs of a cluster. `kube`: API server, controller manager and scheduler in one.

    Without `helm` no chart is installed by the first boot, without `traefik` there is no way in.
    """

    kube: Path
    etcd: Path
    kubectl: Path
    helm: Path | None = None
    traefik: Path | None = None


@dataclass(frozen=True, slots=True)
class MachineConfig:
    """How machines boot. `boot` is `process`; the other fields are what a booted app is given.

    `cluster`: a control plane executes its user data and is a cluster; None: it only reads files.
    `database_admin_url_file`, `redis_url_file`: files that hold one URL each. `ca_bundle`: PEM file
    every HTTP client of a machine trusts. `resolver`: address of a DNS resolver, or None for the
    resolver of the computer.
    """

    boot: str
    python: Path
    app_dir: Path
    database_admin_url_file: Path | None
    redis_url_file: Path | None
    ca_bundle: Path | None
    resolver: str | None
    cluster: ClusterConfig | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `range` is a /24; `action_seconds` is how long an action takes."""

    state_dir: Path
    range: IPv4Network
    api: Listen
    admin: Listen
    admin_key: str
    action_seconds: float
    machine: MachineConfig


def load(path: Path) -> Config:
    """Read and check the file. Raises ConfigError."""
    return read(path, _config)


def read(path: Path, make: Callable[[dict[str, Any]], Made]) -> Made:
    """What `make` makes of the file. Raises ConfigError, also for what `make` stumbles over."""
    try:
        raw = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the configuration {path}: {error}") from error
    try:
        return make(raw)
    except KeyError as error:
        raise ConfigError(f"{path}: field {error} is missing") from error
    except (TypeError, ValueError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from error


def read_key(part: dict[str, Any], name: str) -> str:
    """The key in the part's `key_file`; `name` is the part's. Raises ConfigError, OSError."""
    key = Path(part["key_file"]).read_text().strip()
    if len(key) < 32:
        raise ConfigError(f"{name}.key_file must hold a key of at least 32 characters")
    return key


def _config(raw: dict[str, Any]) -> Config:
    network = IPv4Network(raw["range"])
    if network.prefixlen != 24:
        raise ConfigError(f"range must be a /24, not {network}")
    admin = raw["admin"]
    return Config(
        state_dir=Path(raw["state_dir"]),
        range=network,
        api=_listen(raw["api"], "api"),
        admin=_listen(admin, "admin"),
        admin_key=read_key(admin, "admin"),
        action_seconds=float(raw.get("action_seconds", 0.3)),
        machine=_machine(raw["machine"]),
    )


def _listen(raw: dict[str, Any], name: str) -> Listen:
    port = int(raw["port"])
    if not 0 < port < 65536:
        raise ConfigError(f"{name}.port must be between 1 and 65535, not {port}")
    return Listen(host=str(raw["host"]), port=port)


def _machine(raw: dict[str, Any]) -> MachineConfig:
    if raw["boot"] != "process":
        raise ConfigError(f"machine.boot must be 'process', not {raw['boot']!r}")
    return MachineConfig(
        boot=raw["boot"],
        python=Path(raw["python"]),
        app_dir=Path(raw["app_dir"]),
        database_admin_url_file=_optional(raw, "database_admin_url_file"),
        redis_url_file=_optional(raw, "redis_url_file"),
        ca_bundle=_optional(raw, "ca_bundle"),
        resolver=raw.get("resolver") or None,
        cluster=_cluster(raw["cluster"]) if raw.get("cluster") else None,
    )


def _cluster(raw: dict[str, Any]) -> ClusterConfig:
    """A program that is not there is found out now, and not by the first machine."""
    found = {}
    wanted = [name for name in ("helm", "traefik") if raw.get(name)]
    for name in ("kube", "etcd", "kubectl", *wanted):
        program = shutil.which(str(raw[name]))
        if program is None:
            raise ConfigError(f"machine.cluster.{name}: {raw[name]} is no program")
        found[name] = Path(program)
    return ClusterConfig(**found)


def _optional(raw: dict[str, Any], name: str) -> Path | None:
    return Path(raw[name]) if raw.get(name) else None
