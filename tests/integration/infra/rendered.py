"""What a machine gets at first boot, read with a YAML parser that forgives nothing."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

import yaml

from tests.integration.infra.module_copy import Module

LIMIT = 32 * 1024  # Hetzner's, in bytes


class NoDuplicates(yaml.SafeLoader):
    """YAML of which every key counts once; PyYAML itself lets the last one win."""


def _mapping(loader: NoDuplicates, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    assert len(keys) == len(set(keys)), keys
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


NoDuplicates.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(text: str) -> Any:
    return yaml.load(text, NoDuplicates)  # noqa: S506 - a SafeLoader


@dataclass(frozen=True, slots=True)
class UserData:
    """One machine's cloud-config: the text, the document, its files by path."""

    text: str
    document: dict[str, Any]
    files: dict[str, dict[str, str]]

    @property
    def k3s(self) -> dict[str, Any]:
        settings: dict[str, Any] = read(self.content("/etc/rancher/k3s/config.yaml"))
        return settings

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.content("/etc/catalyst/sovereign.json"))
        return facts

    @property
    def readable(self) -> str:
        """All a machine can read in it, unpacked."""
        return "\n".join([self.text, *(entry["content"] for entry in self.files.values())])

    def content(self, path: str) -> str:
        return self.files[path]["content"]


def parse(text: str) -> UserData:
    assert text.startswith("#cloud-config\n")
    document = read(text)
    paths = [entry["path"] for entry in document["write_files"]]
    assert len(paths) == len(set(paths)), paths
    files = {entry["path"]: _unpacked(entry) for entry in document["write_files"]}
    return UserData(text, document, files)


def _unpacked(entry: dict[str, str]) -> dict[str, str]:
    """A file as cloud-init writes it. Its documentation: `encoding` of write_files."""
    if "encoding" not in entry:
        return entry
    assert entry["encoding"] == "gz+b64"
    rest = {key: value for key, value in entry.items() if key != "encoding"}
    return rest | {"content": gzip.decompress(base64.b64decode(entry["content"])).decode()}


@dataclass(frozen=True, slots=True)
class Machines:
    """All machines of a Sovereign."""

    first: UserData
    joining: tuple[UserData, ...]
    workers: tuple[UserData, ...]

    @property
    def control_planes(self) -> tuple[UserData, ...]:
        return (self.first, *self.joining)

    @property
    def all(self) -> tuple[UserData, ...]:
        return (*self.control_planes, *self.workers)


def machines(module: Module, **changed: Any) -> Machines:
    """Every machine's user data under changed variables, rendered by tofu in one go."""
    first, joining, workers = module.evaluate(
        "[nonsensitive(local.control_plane_user_data), "
        "[for each in local.joining_user_data : nonsensitive(each)], "
        "[for each in local.worker_user_data : nonsensitive(each)]]",
        **changed,
    )
    return Machines(parse(first), tuple(map(parse, joining)), tuple(map(parse, workers)))
