"""The local cloud (`infra/localcloud`): plays Hetzner. Started by its command line only."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from catalyst.embedded import profile
from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import bearer, http_ok
from catalyst.embedded.programs import beside, program
from catalyst.embedded.service import Service
from catalyst.embedded.state import BASE_DIR, StackState

_ACTION_SECONDS = 0.3


def _config(state: StackState) -> Path:
    return state.config_dir / "localcloud.json"


def _cluster() -> dict[str, str]:
    """Programs of a machine that is a cluster. Raises CannotStart when one is not there."""
    fetched = {name: program(name) for name in ("kube", "helm")}
    found = {name: beside(name) for name in ("etcd", "kubectl", "traefik")}
    return {name: str(path) for name, path in {**fetched, **found}.items()}


def _prepare(state: StackState) -> None:
    database, redis = (
        state.config_dir / "machines-database.url",
        state.config_dir / "machines-redis.url",
    )
    write_private(database, state.machines_postgres_url or "")
    write_private(redis, state.redis_url or "")
    (state.state_dir / "localcloud").mkdir(mode=0o711, exist_ok=True)
    document = {
        "state_dir": str(state.state_dir / "localcloud"),
        "range": state.public_range,
        "api": {"host": "127.0.0.1", "port": state.ports["localcloud"]},
        "admin": {
            "host": "127.0.0.1",
            "port": state.ports["localcloud_admin"],
            "key_file": str(state.secrets_dir / "localcloud-admin"),
        },
        "action_seconds": _ACTION_SECONDS,
        "machine": {
            "boot": "process",
            "python": sys.executable,
            "app_dir": str(BASE_DIR),
            "database_admin_url_file": str(database),
            "redis_url_file": str(redis),
            "ca_bundle": str(state.trust_dir / "bundle.pem"),
            "resolver": state.resolver,
            "cluster": _cluster() if profile.is_cluster(state) else None,
        },
    }
    write_private(_config(state), json.dumps(document, indent=2))


SERVER = Service(
    name="localcloud",
    needs=("databases", "redis", "internet", "acme-trust"),
    after=("supply",),
    ports=("localcloud", "localcloud_admin"),
    public=True,
    argv=lambda state: [
        *(sys.executable, "-m", "infra.localcloud"),
        *("--config", str(_config(state))),
    ],
    prepare=_prepare,
    probe=lambda state: http_ok(
        f"{state.localcloud_admin_url}/healthz", headers=bearer(state.localcloud_admin_key)
    ),
    where=lambda state: state.hcloud_endpoint or "",
    deadline=60,
    stop_seconds=5,
)
