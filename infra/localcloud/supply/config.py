"""What the supply is told when it starts: one JSON file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from infra.localcloud.config import Listen

# Where charts lie in the registry, as on ghcr.io.
NAMESPACE = "openova-io"


@dataclass(frozen=True, slots=True)
class Door:
    """What comes to `listen` goes on to `to`, which Pods cannot reach by themselves."""

    listen: Listen
    to: Listen


@dataclass(frozen=True, slots=True)
class Config:
    """`registry_program`, `helm`: programs. `push_key`: the password of a Git push, any user."""

    state_dir: Path
    registry: Listen
    git: Listen
    registry_program: Path
    helm: Path
    push_key: str
    doors: tuple[Door, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """From JSON with the same names, and `push_key_file` in place of the key itself."""
        raw: dict[str, Any] = json.loads(path.read_text())
        return cls(
            state_dir=Path(raw["state_dir"]),
            registry=Listen(**raw["registry"]),
            git=Listen(**raw["git"]),
            registry_program=Path(raw["registry_program"]),
            helm=Path(raw["helm"]),
            push_key=Path(raw["push_key_file"]).read_text().strip(),
            doors=tuple(
                Door(Listen(**door["listen"]), Listen(**door["to"]))
                for door in raw.get("doors", ())
            ),
        )

    @property
    def registry_host(self) -> str:
        return f"{self.registry.host}:{self.registry.port}"

    @property
    def charts(self) -> str:
        """What a Sovereign is told as REGISTRY: charts are `oci://<this>/<chart>`."""
        return f"{self.registry_host}/{NAMESPACE}"

    @property
    def tree(self) -> str:
        """URL of the Git repository a Sovereign's Flux reads."""
        return f"http://{self.git.host}:{self.git.port}/{REPOSITORY}"


REPOSITORY = "sovereign.git"
