"""What a machine's cluster is told: what its disk says about k3s, and where the hardware is."""

import json
from pathlib import Path

from infra.localcloud.config import MachineConfig
from infra.localcloud.machines.boot import Machine
from infra.localcloud.machines.control_plane.spec import Programs
from infra.localcloud.machines.layout import MachineDir, write_private
from infra.localcloud.machines.user_data.k3s_settings import Settings
from infra.localcloud.supply.programs import places
from infra.localcloud.supply.supply import IMAGES

KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"


def write(
    directory: MachineDir,
    machine: Machine,
    config: MachineConfig,
    programs: Programs,
    settings: Settings,
) -> Path:
    """Write the file `cluster_machine --config` reads, and return its path."""
    wanted = {
        "name": machine.name,
        "address": machine.address,
        "root": str(directory.root),
        "python": str(config.python),
        "app_dir": str(config.app_dir),
        "programs": {
            name: str(path)
            for name in ("kube", "etcd", "helm", "traefik")
            if (path := getattr(programs, name)) is not None
        },
        "tls_names": settings.tls_names,
        "labels": settings.labels,
        "kubeconfig_mode": settings.kubeconfig_mode,
        "upstream": [config.resolver] if config.resolver else [],
        "images": [str(IMAGES)],
        "places": places(),
    }
    path = directory.path / "cluster.json"
    write_private(path, json.dumps(wanted))
    return path
