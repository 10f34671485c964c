"""The local internet (`infra/localcloud/internet`): root, TLDs, resolver, proxy, registry.

And pebble, its certificate authority. Both are started by their command lines and nothing else; the
kernel imports nothing of the local cloud.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.programs import program
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState

_MODULE = "infra.localcloud.internet"


def _config(state: StackState) -> Path:
    return state.config_dir / "internet.json"


def _prepare(state: StackState) -> None:
    document = {
        "state_dir": str(state.state_dir / "internet"),
        "range": state.public_range,
        "proxy": {
            "host": "127.0.0.1",
            "port": state.ports["proxy"],
            # The console itself, for a browser that uses the proxy for everything.
            "allow": [f"127.0.0.1:{state.ports['web']}"],
        },
        "registry": {
            "host": "127.0.0.1",
            "port": state.ports["registry"],
            "key_file": str(state.secrets_dir / "registry"),
        },
        "acme": {
            "dir": str(state.acme_dir),
            "directory_port": state.ports["acme"],
            "management_port": state.ports["acme_management"],
        },
    }
    (state.state_dir / "internet").mkdir(mode=0o711, exist_ok=True)
    state.acme_dir.mkdir(mode=0o711, exist_ok=True)
    write_private(_config(state), json.dumps(document, indent=2))


def _argv(step: str, state: StackState) -> list[str]:
    return [sys.executable, "-m", _MODULE, step, "--config", str(_config(state))]


def _directory_answers(state: StackState) -> bool:
    return http_ok(f"{state.acme_directory}", trust=state.trust_dir / "ca.pem")


def _where(state: StackState) -> str:
    where = f"resolver {state.resolver}:53, proxy 127.0.0.1:{state.ports['proxy']}"
    if state.range and state.range.is_loopback:
        where += " (loopback: no right to add a route; `stack logs stack` names the line)"
    return where


INTERNET = Service(
    name="internet",
    ports=("registry", "proxy", "acme", "acme_management", "web"),
    public=True,
    argv=lambda state: _argv("serve", state),
    prepare=_prepare,
    probe=lambda state: http_ok(f"{state.registry_url}/healthz"),
    where=_where,
    deadline=60,
    stop_seconds=4,
)
ACME_PREPARE = Service(
    name="acme-prepare",
    needs=("internet",),
    argv=lambda state: _argv("acme-prepare", state),
    run_once=True,
)
PEBBLE = Service(
    name="pebble",
    needs=("internet", "acme-prepare"),
    argv=lambda state: [
        str(program("pebble")),
        *("-config", str(state.acme_dir / "pebble.json")),
        *("-dnsserver", f"{state.resolver}:53"),
    ],
    # Pebble's own test of clients: no artificial waiting, no artificially refused nonces.
    env=lambda _: {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"},
    probe=_directory_answers,
    where=lambda state: state.acme_directory or "",
)
ACME_TRUST = Service(
    name="acme-trust",
    part_of="pebble",
    needs=("pebble",),
    argv=lambda state: _argv("acme-trust", state),
    run_once=True,
    deadline=60,
)
