"""What a Sovereign's Flux fetches (`infra/localcloud/supply`): charts, the tree, and the doors.

Only where machines are clusters. Started by its command line and nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from catalyst.embedded import profile
from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.programs import program
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState


def _config(state: StackState) -> Path:
    return state.config_dir / "supply.json"


def _prepare(state: StackState) -> None:
    host = profile.supply_address(state)
    doors = {profile.CONSOLE_PORT: "web", profile.ACME_PORT: "acme"}
    document = {
        "state_dir": str(state.state_dir / "supply"),
        "registry": {"host": host, "port": profile.REGISTRY_PORT},
        "git": {"host": host, "port": profile.GIT_PORT},
        "registry_program": str(program("registry")),
        "helm": str(program("helm")),
        "push_key_file": str(state.secrets_dir / "supply"),
        "doors": [
            {
                "listen": {"host": host, "port": port},
                "to": {"host": "127.0.0.1", "port": state.ports[name]},
            }
            for port, name in doors.items()
        ],
    }
    write_private(_config(state), json.dumps(document, indent=2))


SERVER = Service(
    name="supply",
    needs=("internet",),
    ports=("web", "acme"),
    public=True,
    argv=lambda state: [
        *(sys.executable, "-m", "infra.localcloud.supply"),
        *("--config", str(_config(state))),
    ],
    prepare=_prepare,
    wanted=profile.is_cluster,
    # Git answers last, when everything is there.
    probe=lambda state: http_ok(f"{profile.tree_url(state)}/info/refs?service=git-upload-pack"),
    where=lambda state: (
        f"oci://{profile.charts(state)}, {profile.tree_url(state)}"
        if profile.is_cluster(state)
        else "not in the quick profile"
    ),
    deadline=120,
    stop_seconds=5,
)
