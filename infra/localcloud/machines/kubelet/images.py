"""Which image is which program: reads `images.toml` and files like it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Program:
    """What an image would start, on this computer. Fields as explained in images.toml."""

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    cwd: str = "/"
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
    stands_for: str = ""

    def argv(self, command: list[str], args: list[str]) -> list[str]:
        """Kubernetes, "Define a Command and Arguments": a `command` drops the image's cmd too."""
        if command:
            return [*command, *args]
        return [*self.entrypoint, *(args or self.cmd)]


class Images:
    """Looks images up by name with tag, then by name alone."""

    def __init__(self, files: Iterable[Path], places: Mapping[str, str]) -> None:
        self._programs: dict[str, Program] = {}
        for file in files:
            listed: dict[str, Any] = tomllib.loads(file.read_text())["images"]
            for name, entry in listed.items():
                self._programs[name] = _program(_fill(entry, places))

    def find(self, image: str) -> Program | None:
        """The program of an image, or None when it is not listed."""
        without_digest = image.partition("@")[0]
        return self._programs.get(without_digest) or self._programs.get(_untagged(without_digest))


def _program(entry: dict[str, Any]) -> Program:
    """Raises TypeError for a word that an entry does not have."""
    lists = ("entrypoint", "cmd", "path", "scratch")
    words: dict[str, Any] = {
        name: tuple(value) if name in lists else value for name, value in entry.items()
    }
    return Program(**words)


def _untagged(image: str) -> str:
    head, colon, tail = image.rpartition(":")
    # A colon before a slash is a registry's port.
    return image if not colon or "/" in tail else head


def _fill(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return value.format_map(places)
    if isinstance(value, list):
        return [_fill(item, places) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, places) for name, item in value.items()}
    return value
