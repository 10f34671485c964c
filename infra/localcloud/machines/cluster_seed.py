"""What a machine's cluster is told, from the machine's disk: k3s's own settings file, and hardware.

Settings: k3s documentation, "Configuration File". What has no meaning here is ignored.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from infra.localcloud.config import MachineConfig
from infra.localcloud.machines.boot import Machine
from infra.localcloud.machines.control_plane.spec import Programs
from infra.localcloud.machines.layout import MachineDir, write_private

SETTINGS = "/etc/rancher/k3s/config.yaml"
KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"


def write(
    directory: MachineDir, machine: Machine, config: MachineConfig, programs: Programs
) -> Path:
    """Write the file `cluster_machine --config` reads, and return its path. Raises ValueError."""
    wanted = {
        "name": machine.name,
        "address": machine.address,
        "root": str(directory.root),
        "python": str(config.python),
        "app_dir": str(config.app_dir),
        "programs": {"kube": str(programs.kube), "etcd": str(programs.etcd)},
        "tls_names": tls_names(directory),
        "upstream": [config.resolver] if config.resolver else [],
    }
    path = directory.path / "cluster.json"
    write_private(path, json.dumps(wanted))
    return path


def tls_names(directory: MachineDir) -> list[str]:
    """Names and addresses the API is to be called by. Raises ValueError, free of secrets."""
    path = directory.in_root(SETTINGS)
    if not path.exists():
        return []
    try:
        settings: Any = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError:
        # Not the parser's words: they quote the file, which holds the cluster's token.
        raise ValueError(f"{SETTINGS} is not YAML") from None
    listed = settings.get("tls-san") or []
    return [str(name) for name in ([listed] if isinstance(listed, str) else listed)]
