"""What the boot tells the agent about its machine: `hardware.json` beside the machine's root."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.localcloud.machines.layout import MachineDir


@dataclass(frozen=True, slots=True)
class Hardware:
    id: int
    name: str
    address: str
    python: str
    app_dir: Path
    database_admin_url_file: Path
    redis_url_file: Path
    ca_bundle: Path | None
    resolver: str | None

    @classmethod
    def read(cls, machine: MachineDir) -> "Hardware":
        """Raises ValueError when a control plane lacks what it cannot run without."""
        raw: dict[str, Any] = json.loads(machine.hardware.read_text())
        for needed in ("database_admin_url_file", "redis_url_file"):
            if not raw[needed]:
                raise ValueError(f"machine.{needed} is not configured; a control plane needs it")
        bundle = raw["ca_bundle"]
        return cls(
            id=raw["id"],
            name=raw["name"],
            address=raw["address"],
            python=raw["python"],
            app_dir=Path(raw["app_dir"]),
            database_admin_url_file=Path(raw["database_admin_url_file"]),
            redis_url_file=Path(raw["redis_url_file"]),
            ca_bundle=Path(bundle) if bundle else None,
            resolver=raw["resolver"],
        )
