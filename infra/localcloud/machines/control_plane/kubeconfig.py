"""Kubeconfig files: who one is, whom one trusts and where the API is, in kubectl's format."""

import base64
from pathlib import Path

import yaml

from infra.localcloud.machines.control_plane.pki import Pair
from infra.localcloud.machines.layout import write_private


def write(path: Path, *, server: str, authority: Pair, user: Pair) -> Path:
    """Write a kubeconfig that stands alone: the PEM files are inside. 0600."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "default",
        "clusters": [
            {
                "name": "default",
                "cluster": {
                    "server": server,
                    "certificate-authority-data": _inside(authority.certificate),
                },
            }
        ],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
        "users": [
            {
                "name": "default",
                "user": {
                    "client-certificate-data": _inside(user.certificate),
                    "client-key-data": _inside(user.key),
                },
            }
        ],
    }
    write_private(path, yaml.safe_dump(content, sort_keys=False))
    return path


def _inside(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
