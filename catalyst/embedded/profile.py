"""What a stack is started as: its machines are whole clusters or bare processes (the quick
profile); people log in by Keycloak or by a local password.

Pure standard library, as `state.py`. The doors lead from one address of the public range, which
Pods reach, to control services on loopback, which they cannot.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from catalyst.embedded.private_files import write_private
from catalyst.embedded.state import StackState

_YES = {"1", "true", "yes", "on"}
# Ports of the supply's address: charts, the tree, the console, the certificate authority.
REGISTRY_PORT, GIT_PORT, CONSOLE_PORT, ACME_PORT = 5000, 3000, 8080, 14000
_SUPPLY = 5
CHARTS = "openova-io"
TREE = "sovereign.git"
# Where no Cilium runs, traefik fulfils Gateways (infra/localcloud/machines/gateway).
SETTINGS = {
    "GATEWAY_CLASS": "traefik",
    "GATEWAY_CLASS_CREATE": "true",
    "GATEWAY_CONTROLLER": "traefik.io/gateway-controller",
    "NETWORK_POLICY_GATEWAY": "namespace",
    # A laptop's name servers agree at once; cert-manager would wait a minute for each name.
    "ACME_DNS01_WAIT": "1s",
}


def is_cluster(state: StackState) -> bool:
    """As CATALYST_CLUSTER says; without it, as the stack was started last."""
    asked = os.environ.get("CATALYST_CLUSTER", "")
    return asked.lower() in _YES if asked else (state.config_dir / "cluster").exists()


def remember(state: StackState, services: Collection[str]) -> None:
    """For programs that are started without the variables. `services`: names of those started."""
    marks = {
        "cluster": is_cluster(state),
        "no-keycloak": "keycloak" not in services or not _wants_keycloak(),
        "no-openbao": "openbao" not in services or not _wants_openbao(),
        "gitea": "gitea" in services and _wants_gitea(),
    }
    for name, kept in marks.items():
        path = state.config_dir / name
        if kept:
            write_private(path, "")
        else:
            path.unlink(missing_ok=True)


def has_keycloak(state: StackState) -> bool:
    """Whether the stack that was started last has it; before there was one, whether it will."""
    return _wants_keycloak() and not (state.config_dir / "no-keycloak").exists()


def has_openbao(state: StackState) -> bool:
    """As with Keycloak: whether it keeps the vault's key."""
    return _wants_openbao() and not (state.config_dir / "no-openbao").exists()


def has_gitea(state: StackState) -> bool:
    """Whether Apps can be kept here."""
    return _wants_gitea() or (state.config_dir / "gitea").exists()


def _wants_keycloak() -> bool:
    """Unless CATALYST_KEYCLOAK says no: it takes half a gigabyte and half a minute."""
    return os.environ.get("CATALYST_KEYCLOAK", "yes").lower() in _YES


def _wants_gitea() -> bool:
    """Only if CATALYST_GITEA says so: it takes 200 MB, and no App is kept there yet."""
    return os.environ.get("CATALYST_GITEA", "").lower() in _YES


def _wants_openbao() -> bool:
    """Unless CATALYST_VAULT says otherwise."""
    return os.environ.get("CATALYST_VAULT", "openbao") == "openbao"


def supply_address(state: StackState) -> str:
    return str(state.range[_SUPPLY]) if state.range else ""


def console_url(state: StackState) -> str:
    return f"http://{supply_address(state)}:{CONSOLE_PORT}"


def acme_directory(state: StackState) -> str:
    return f"https://{supply_address(state)}:{ACME_PORT}/dir"


def charts(state: StackState) -> str:
    return f"{supply_address(state)}:{REGISTRY_PORT}/{CHARTS}"


def tree_url(state: StackState) -> str:
    return f"http://{supply_address(state)}:{GIT_PORT}/{TREE}"
