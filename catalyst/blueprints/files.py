"""YAML files of this room, read into typed values; an odd file is refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

HERE = Path(__file__).parent


class BlueprintFault(Exception):
    """A file of the catalogue or a chart's blueprint is not what it should be."""


class Told(BaseModel):
    """A part of such a file: nothing more than we know, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyTold = TypeVar("AnyTold", bound=Told)


def read(path: Path) -> dict[str, Any]:
    """One YAML document that is a mapping. Raises BlueprintFault."""
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise BlueprintFault(f"{path.name}: {error}") from error
    if not isinstance(content, dict):
        raise BlueprintFault(f"{path.name} is no mapping")
    return content


def typed(path: Path, shape: type[AnyTold]) -> AnyTold:
    """Raises BlueprintFault with each field that is wrong."""
    try:
        return shape.model_validate(read(path))
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        raise BlueprintFault(f"{path.name}: {wrong}") from error
