"""What a machine's own files say about k3s: settings file, those beside it, flags of the unit.

k3s documentation, "Configuration File": `config.yaml`, then `config.yaml.d/*.yaml` in order; a
later value replaces, a key that ends in `+` adds. Flags replace what files say.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from infra.localcloud.machines.layout import MachineDir

PATH = "/etc/rancher/k3s/config.yaml"
_MORE = f"{PATH}.d"
_FOLDER = "/etc/systemd/system"
UNITS = {"k3s": "server", "k3s-agent": "agent"}
_PROGRAM = "/usr/local/bin/k3s"
_EXEC = "ExecStart="
_KUBECONFIG_MODE = "0600"

_USED = {"tls-san", "node-label", "write-kubeconfig-mode"}
# What every control plane here is without being told.
_MET = {
    *("cluster-init", "flannel-backend", "disable-network-policy", "disable-kube-proxy"),
    *("disable", "token", "agent-token"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """`kubeconfig_mode` as a number; `without_meaning`: keys that nothing here acts on.

    `server`: the one to join, None on the first. With `agent_token` only an agent may join.
    `node_ip`: in the private network that is not here; only its name is used.
    """

    tls_names: tuple[str, ...]
    labels: tuple[str, ...]
    kubeconfig_mode: int
    server: str | None
    node_ip: str
    without_meaning: tuple[str, ...]
    token: str = field(repr=False)
    agent_token: str = field(repr=False)


def read(machine: MachineDir, flags: dict[str, Any] | None = None) -> Settings:
    """Raises ValueError, free of secrets."""
    found = _merged(machine) | (flags or {})
    token = str(found.get("token", ""))
    known = _USED | _MET | {"server"}
    try:
        mode = int(str(found.get("write-kubeconfig-mode", _KUBECONFIG_MODE)), 8)
    except ValueError:
        raise ValueError("write-kubeconfig-mode must be octal") from None
    return Settings(
        tls_names=_texts(found.get("tls-san")),
        labels=_texts(found.get("node-label")),
        kubeconfig_mode=mode,
        server=str(found["server"]) if found.get("server") else None,
        node_ip=str(found.get("node-ip", "")),
        without_meaning=tuple(sorted(set(found) - known)),
        token=token,
        agent_token=str(found.get("agent-token", token)),
    )


def of_unit(machine: MachineDir, name: str) -> Settings:
    """As the unit `k3s` or `k3s-agent` starts it. Raises ValueError when it could not start."""
    command = UNITS.get(name)
    if command is None:
        raise ValueError(f"{name} is no unit of k3s")
    where = f"{_FOLDER}/{name}.service"
    path = machine.in_root(where)
    lines = path.read_text().splitlines() if path.exists() else []
    starts = [line.removeprefix(_EXEC) for line in lines if line.startswith(_EXEC)]
    words = shlex.split(starts[-1]) if starts else []
    if words[:2] != [_PROGRAM, command]:
        raise ValueError(f"{where} does not start {_PROGRAM} {command}")
    if not machine.in_root(_PROGRAM).exists():
        raise ValueError(f"{where}: {_PROGRAM} is not installed")
    settings = read(machine, _flags(words[2:]))
    if command == "agent" and settings.server is None:
        raise ValueError(f"{where}: an agent must be told a server")
    if settings.server is not None and not settings.token:
        raise ValueError(f"{where}: to join, k3s must be told a token")
    return settings


def _merged(machine: MachineDir) -> dict[str, Any]:
    more = machine.in_root(_MORE)
    found: dict[str, Any] = {}
    for path in (machine.in_root(PATH), *sorted(more.glob("*.yaml"))):
        for key, value in _document(path).items():
            if key.endswith("+"):
                name = key.removesuffix("+")
                found[name] = [*_texts(found.get(name)), *_texts(value)]
            else:
                found[key] = value
    return found


def _document(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        loaded: Any = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError:
        # Not the parser's words: they quote the file, which holds the cluster's token.
        raise ValueError(f"{path.name} of k3s is not YAML") from None
    if not isinstance(loaded, dict):
        raise ValueError(f"{path.name} of k3s is not a mapping")
    return {str(key): value for key, value in loaded.items()}


def _flags(words: list[str]) -> dict[str, Any]:
    """`--name=value`, `--name value` and `--name`; a name given again adds."""
    found: dict[str, Any] = {}
    rest = list(words)
    while rest:
        name, equals, value = rest.pop(0).lstrip("-").partition("=")
        if not equals:
            value = rest.pop(0) if rest and not rest[0].startswith("-") else "true"
        found[name] = [*_texts(found[name]), value] if name in found else value
    return found


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    listed = value if isinstance(value, (list, tuple)) else [value]
    return tuple(str(each) for each in listed)
