"""Five registrars (`infra/localcloud/registrars`), played on a laptop. Started by command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState

_JOB_SECONDS = 0.3


def _config(state: StackState) -> Path:
    return state.config_dir / "registrars.json"


def _prepare(state: StackState) -> None:
    document = {
        "state_dir": str(state.state_dir / "registrars"),
        "range": state.public_range,
        "port": state.ports["registrars"],
        "admin": {
            "port": state.ports["registrars_admin"],
            "key_file": str(state.secrets_dir / "registrars-admin"),
        },
        "acme_dir": str(state.acme_dir),
        "registry": {
            "url": state.registry_url,
            "key_file": str(state.secrets_dir / "registry"),
        },
        "job_seconds": _JOB_SECONDS,
    }
    write_private(_config(state), json.dumps(document, indent=2))


SERVER = Service(
    name="registrars",
    needs=("internet", "acme-prepare"),
    ports=("registrars", "registrars_admin"),
    public=True,
    argv=lambda state: [
        *(sys.executable, "-m", "infra.localcloud.registrars"),
        *("--config", str(_config(state))),
    ],
    prepare=_prepare,
    probe=lambda state: http_ok(f"{state.registrars_admin_url}/healthz"),
    where=lambda state: f"https://127.0.0.1:{state.ports['registrars']}/<registrar>",
    deadline=60,
    stop_seconds=4,
)
