"""A Blueprint's configSchema as a list of questions. Pure.

What the schema has beyond them (lists of objects, alternatives) is not asked and keeps its default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

HINT, ADVANCED = "x-catalyst-ui-hint", "x-catalyst-ui-advanced"
Schema = Mapping[str, Any]
Path = tuple[str, ...]


class Hint(StrEnum):
    NONE = ""
    PASSWORD = "password"  # noqa: S105  (the hint's name)
    DOMAIN = "domain-picker"
    APPLICATION = "application-ref"


@dataclass(frozen=True, slots=True)
class Question:
    """`path`: where the answer stands in the configuration. `type` is one of ASKED."""

    path: Path
    type: str
    label: str
    help: str
    required: bool
    default: Any
    options: tuple[Any, ...]
    schema: Schema
    hint: Hint
    advanced: bool

    @property
    def name(self) -> str:
        """What the form calls it."""
        return ".".join(self.path)

    @property
    def secret(self) -> bool:
        return self.hint is Hint.PASSWORD


ASKED = ("string", "integer", "number", "boolean")


def questions(schema: Schema) -> tuple[Question, ...]:
    """In the order of the schema; the advanced ones last."""
    found = list(_of(schema, (), advanced=False, asked=True))
    return tuple(sorted(found, key=lambda each: each.advanced))


def _of(schema: Schema, path: Path, *, advanced: bool, asked: bool) -> Iterator[Question]:
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        here = (*path, name)
        deeper = advanced or part.get(ADVANCED, False)
        wanted = asked and name in required
        if part.get("type") == "object":
            yield from _of(part, here, advanced=deeper, asked=wanted)
        elif part.get("type") in ASKED and "const" not in part:
            yield _question(here, part, required=wanted, advanced=deeper)


def _question(path: Path, part: Schema, *, required: bool, advanced: bool) -> Question:
    # What must be said and has no default is never hidden among the advanced.
    advanced = advanced and not (required and "default" not in part)
    return Question(
        path=path,
        type=part["type"],
        label=_(part.get("title") or _words(path[-1])),
        help=_(part["description"]) if part.get("description") else "",
        required=required,
        default=part.get("default"),
        options=tuple(part.get("enum", ())),
        schema=part,
        hint=Hint(part.get(HINT, "")),
        advanced=advanced,
    )


def _words(name: str) -> str:
    """`backups_enabled` → `Backups enabled`."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def at(config: Mapping[str, Any], path: Path) -> Any:
    """The value that stands there, or None."""
    found: Any = config
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def put(config: dict[str, Any], path: Path, value: Any) -> None:
    """Write a value there, with the objects around it."""
    for name in path[:-1]:
        config = config.setdefault(name, {})
    config[path[-1]] = value


def defaults(schema: Schema) -> dict[str, Any]:
    """What holds when nobody said anything."""
    config: dict[str, Any] = {}
    for question in questions(schema):
        if question.default is not None:
            put(config, question.path, question.default)
    return config
