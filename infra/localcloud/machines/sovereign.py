"""What a machine was told: `/etc/catalyst/sovereign.json` (contract in docs/architecture.md)."""

import json
from dataclasses import dataclass
from typing import Any

from infra.localcloud.machines.layout import MachineDir

PATH = "/etc/catalyst/sovereign.json"
# Made by the machine itself, on its own disk.
DATABASE_KEY_FILE = "/var/lib/catalyst/database.password"


@dataclass(frozen=True, slots=True)
class Callback:
    url: str
    bearer_file: str


@dataclass(frozen=True, slots=True)
class Acme:
    """Where certificates come from and how TXT records are set (acme-dns protocol)."""

    directory: str
    email: str
    update_url: str
    username: str
    subdomain: str
    key_file: str


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    email: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class Sovereign:
    """The parts beyond `role` are there on a control plane only."""

    role: str
    fqdn: str
    deployment_id: str
    callback: Callback | None
    acme: Acme | None
    first_admin: FirstAdmin | None


def read(machine: MachineDir) -> Sovereign | None:
    """None when the machine was told nothing. Raises ValueError naming the odd field."""
    path = machine.in_root(PATH)
    if not path.exists():
        return None
    try:
        raw: dict[str, Any] = json.loads(path.read_text())
        return Sovereign(
            role=raw["role"],
            fqdn=raw["fqdn"],
            deployment_id=raw["deployment_id"],
            callback=Callback(**raw["callback"]) if "callback" in raw else None,
            acme=Acme(**raw["acme"]) if "acme" in raw else None,
            first_admin=FirstAdmin(**raw["first_admin"]) if "first_admin" in raw else None,
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        # Never the text itself: it holds the hash of a code.
        raise ValueError(f"{PATH} is not as agreed: {type(error).__name__} {error}") from None
