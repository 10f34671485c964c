"""What a Blueprint needs: which other one, in which versions, under which name, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalyst.blueprints.files import Told
from catalyst.blueprints.ranges import Range
from catalyst.blueprints.when import When

_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
ANY = "*"
PREFIX = "bp-"


class ToldNeed(Told):
    """As a manifest or `apps.yaml` says it (blueprint.schema.json, `dependency`)."""

    blueprint: str
    version: str = ANY
    alias: str = ""
    when: str = ""
    values: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Need:
    """Raises ValueError for an odd alias, and a range or a `when` that nobody can read."""

    blueprint: str
    version: str = ANY
    alias: str = ""
    when: str = ""

    def __post_init__(self) -> None:
        if self.alias and not _PLAIN.fullmatch(self.alias):
            raise ValueError(f"{self.alias!r} is no plain name")
        Range.parse(self.version)
        When.parse(self.when)

    @classmethod
    def of(cls, told: ToldNeed | str) -> Need:
        """A plain name needs any version, always."""
        if isinstance(told, str):
            return cls(told.removeprefix(PREFIX))
        return cls(told.blueprint.removeprefix(PREFIX), told.version, told.alias, told.when)

    @property
    def name(self) -> str:
        """What the one that needs it calls it."""
        return self.alias or self.blueprint

    def takes(self, version: str) -> bool:
        """May it be this version? A Blueprint that is not released yet ("") suits every range."""
        return not version or Range.parse(self.version).has(version)

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Is it needed with this configuration?"""
        return When.parse(self.when).holds(config)
